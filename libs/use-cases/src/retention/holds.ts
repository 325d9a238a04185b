import {
  backupDecider,
  holdsInForce,
  projectRetentionDecider,
  type Decision,
  type DomainEvent,
  type Failure,
  type Hold,
} from '@havun/domain';
import { execute, loadAggregate } from '@havun/event-store';
import type { RequestDeps } from '../backups/request-backup.js';
import { holdInstants, type HoldDates } from './hold-dates.js';
import { findHoldTarget, type HoldTarget } from './hold-target.js';
import { projectRetention } from './retention-context.js';

export type HoldDeps = Pick<RequestDeps, 'store' | 'config' | 'clock' | 'ids' | 'source'>;

export interface WantedHold extends HoldDates {
  /** A backup or a project. */
  readonly name: string;
  readonly by: string;
  readonly reason: string;
}

export interface WantedRelease {
  readonly name: string;
  readonly by: string;
  readonly reason: string;
  /** Which, where there are several. */
  readonly holdId?: string | undefined;
}

export type HoldOutcome =
  | { readonly kind: 'done'; readonly target: HoldTarget; readonly hold: Hold }
  | { readonly kind: 'refused'; readonly refusal: Failure };

/** From now on nothing that it covers is deleted. */
export async function placeHold(deps: HoldDeps, { name, by, reason, ...dates }: WantedHold): Promise<HoldOutcome> {
  const found = await findHoldTarget(deps, name);
  if (found.kind === 'refused') return found;
  const at = deps.clock.now();
  const instants = holdInstants(dates, at, deps.config.timezone);
  if ('code' in instants) return { kind: 'refused', refusal: instants };
  const { target } = found;
  const holdId = deps.ids.uuid();
  const now = at.toISOString();
  const data = { now, holdId, by, reason, ...instants };
  const decision =
    target.kind === 'backup'
      ? await decide(deps, target, backupDecider, { type: 'PlaceHold', ...data })
      : await decide(deps, target, projectRetentionDecider, {
          type: 'PlaceProjectHold',
          project: target.project,
          ...data,
        });
  if (decision.kind === 'refused') return decision;
  return { kind: 'done', target, hold: { id: holdId, by, reason, placedAt: now, ...instants } };
}

/** The one hold that is in force, or the named one. A second person may be needed, as the configuration says. */
export async function releaseHold(deps: HoldDeps, { name, by, reason, holdId }: WantedRelease): Promise<HoldOutcome> {
  const found = await findHoldTarget(deps, name);
  if (found.kind === 'refused') return found;
  const { target } = found;
  const now = deps.clock.now().toISOString();
  const hold = theHold(target, holdsInForce(await holdsOn(deps, target), now), holdId);
  if ('code' in hold) return { kind: 'refused', refusal: hold };
  const secondPerson = deps.config.holds.release_by_second_person;
  const data = { now, holdId: hold.id, by, reason, secondPerson };
  const decision =
    target.kind === 'backup'
      ? await decide(deps, target, backupDecider, { type: 'ReleaseHold', ...data })
      : await decide(deps, target, projectRetentionDecider, {
          type: 'ReleaseProjectHold',
          project: target.project,
          ...data,
        });
  return decision.kind === 'refused' ? decision : { kind: 'done', target, hold };
}

async function holdsOn({ store, config }: HoldDeps, target: HoldTarget): Promise<readonly Hold[] | undefined> {
  if (target.kind === 'project') return (await projectRetention({ store, config }, target.project)).holds;
  const { state } = await loadAggregate(store, backupDecider, target.stream);
  return state.status === 'unknown' ? undefined : state.holds;
}

function theHold({ kind, name }: HoldTarget, holds: readonly Hold[], wanted: string | undefined): Hold | Failure {
  const fitting = wanted === undefined ? holds : holds.filter(({ id }) => id === wanted);
  const [hold] = fitting;
  if (hold && fitting.length === 1) return hold;
  const what = kind === 'project' ? `The project ${name}` : name;
  if (hold) {
    const ids = fitting.map(({ id, by, reason }) => `${id} (${by}: ${reason})`).join(', ');
    return {
      code: 'AMBIGUOUS_HOLD',
      message: `${what} has ${fitting.length} holds: ${ids}`,
      remedy: 'Say which one with --hold=<id>.',
    };
  }
  const also = kind === 'backup' ? ' A hold on its whole project is released by the name of the project.' : '';
  return {
    code: 'NO_SUCH_HOLD',
    message:
      wanted === undefined ? `${what} has no hold that is in force` : `${what} has no hold ${wanted} that is in force`,
    remedy: `See the holds with «havun hold:list».${also}`,
  };
}

async function decide<Command, Event extends DomainEvent, State>(
  { store, ids, source }: HoldDeps,
  { stream }: HoldTarget,
  decider: Parameters<typeof execute<Command, Event, State>>[0]['decider'],
  command: Command,
): Promise<Decision<Event>> {
  const { decision } = await execute({
    store,
    decider,
    stream,
    command,
    meta: { ids, source, correlationId: stream.id },
  });
  return decision;
}

/** A hold that is in force. */
export interface ListedHold extends Hold {
  readonly kind: HoldTarget['kind'];
  /** Of the backup or project. */
  readonly name: string;
  readonly project: string;
  readonly isReviewDue: boolean;
}

/** What the tables know of holds. */
export interface HoldTables {
  /** Every project that has backups, whether it is configured or not. */
  backedUpProjects(): Promise<readonly string[]>;
  backupsHeldOrProposed(): Promise<readonly HeldBackup[]>;
}

interface HeldBackup {
  readonly name: string;
  readonly project: string;
  readonly holds: readonly Hold[];
}

/** The holds that are in force: those on projects first, then those on backups, each from the log or the tables as they are. */
export async function listHolds(
  { store, config, clock }: Pick<HoldDeps, 'store' | 'config' | 'clock'>,
  tables: HoldTables,
): Promise<ListedHold[]> {
  const now = clock.now().toISOString();
  const listed = (kind: HoldTarget['kind'], name: string, project: string, holds: readonly Hold[]): ListedHold[] =>
    holdsInForce(holds, now).map((hold) => ({
      kind,
      name,
      project,
      ...hold,
      isReviewDue: hold.review !== undefined && hold.review <= now,
    }));
  const projects = [...new Set([...Object.keys(config.projects), ...(await tables.backedUpProjects())])].sort();
  const onProjects = await Promise.all(
    projects.map(async (project) =>
      listed('project', project, project, (await projectRetention({ store, config }, project)).holds),
    ),
  );
  const onBackups = (await tables.backupsHeldOrProposed()).map(({ name, project, holds }) =>
    listed('backup', name, project, holds),
  );
  return [...onProjects, ...onBackups].flat();
}
