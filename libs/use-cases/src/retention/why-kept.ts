import { retentionPolicy } from '@havun/config';
import {
  backupDecider,
  holdsInForce,
  isEnded,
  planRetention,
  projectInName,
  type EndedBackup,
  type Failure,
  type Hold,
  type PlannedBackup,
} from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import { findRun } from '../runs/find-run.js';
import { actingPolicy, type PendingPolicy } from './acting-policy.js';
import { largeBatchIn, projectFacts, type LargeBatch, type RetentionTables } from './plan-cleanup.js';
import type { RetentionDeps } from './retention-context.js';

/** Why a backup is kept, by what the log and the tables say now. */
export interface WhyKept {
  readonly name: string;
  readonly id: string;
  readonly project: string;
  readonly now: string;
  readonly state: EndedBackup;
  /** Those in force, on it and on its project. */
  readonly holds: { readonly backup: readonly Hold[]; readonly project: readonly Hold[] };
  /** Undefined where its project is not configured any more: then nothing moves or deletes it. */
  readonly planned?: PlannedBackup;
  /** A policy that waits for a person, and under which this backup would go earlier. */
  readonly pending?: PendingPolicy;
  /** No deletion of its project is done until a person accepts them. */
  readonly largeBatch?: LargeBatch;
}

export type WhyOutcome =
  { readonly kind: 'found'; readonly why: WhyKept } | { readonly kind: 'refused'; readonly refusal: Failure };

/** Of this backup the log itself is read; of the others of its project, the tables. */
export async function whyKept(deps: RetentionDeps, tables: RetentionTables, name: string): Promise<WhyOutcome> {
  const found = await findRun(deps, name);
  if (found.kind === 'none') return { kind: 'refused', refusal: found.refusal };
  const { stream } = found;
  const project = projectInName(name);
  if (stream.category !== 'backup' || project === undefined) return { kind: 'refused', refusal: noBackup(name) };
  const { state } = await loadAggregate(deps.store, backupDecider, stream);
  if (!isEnded(state)) return { kind: 'refused', refusal: notEnded(name) };
  const facts = await projectFacts(deps, tables, project);
  const { now } = facts.context;
  const holds = {
    backup: holdsInForce(state.holds, now),
    project: holdsInForce(facts.retention.holds, now),
  };
  const why = { name, id: stream.id, project, now, state, holds };
  if (!Object.hasOwn(deps.config.projects, project)) return { kind: 'found', why };
  const date = state.request.slot ?? state.requestedAt;
  const others = facts.backups.filter(({ id }) => id !== stream.id);
  const backups = [...others, { id: stream.id, name, date, state }];
  const { policy, pending } = actingPolicy({ ...facts, backups, configured: retentionPolicy(deps.config, project) });
  const plan = planRetention(backups, policy, facts.context);
  const planned = plan.find(({ backup }) => backup.id === stream.id);
  const largeBatch = largeBatchIn(deps, plan, facts.retention);
  return {
    kind: 'found',
    why: {
      ...why,
      ...(planned && { planned }),
      ...(pending?.wouldDelete.includes(name) && { pending }),
      ...(largeBatch && { largeBatch }),
    },
  };
}

const noBackup = (name: string): Failure => ({
  code: 'NOT_A_BACKUP',
  message: `"${name}" is not a backup`,
  remedy: 'See the backups with «havun backup:list».',
});

const notEnded = (name: string): Failure => ({
  code: 'STILL_RUNNING',
  message: `${name} has not ended: nothing moves or deletes it before it has`,
  remedy: `Follow it with «havun backup:show ${name} --follow».`,
});
