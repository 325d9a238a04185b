import type { HavunConfig } from '@havun/config';
import { failureOf, lastSlot, type Clock } from '@havun/domain';
import type { EventStore } from '@havun/event-store';
import { projectRetention } from '../retention/retention-context.js';
import type { Finding } from './finding.js';

/** What the tables say of clean-ups that have ended. */
export interface CleanupTables {
  auditLog(filter: {
    readonly type: string;
    readonly order: 'newest';
    readonly limit: number;
  }): Promise<readonly { readonly occurredAt: string; readonly data: unknown }[]>;
}

interface Deps {
  readonly config: HavunConfig;
  readonly clock: Clock;
  readonly store: EventStore;
  readonly tables: () => Promise<CleanupTables>;
}

interface EndedCleanup {
  readonly project: string;
  readonly at: string;
  readonly failure?: { readonly message: string; readonly code: string; readonly remedy: string };
}

const area = 'retention';

/** Whether clean-ups are made, when the last was, and what waits for a person. None of it stands in the way of a backup. */
export async function checkRetention(deps: Deps): Promise<Finding[]> {
  try {
    const projects = Object.keys(deps.config.projects).filter((name) => deps.config.projects[name]?.enabled);
    const questions = await Promise.all(projects.map((project) => questionOf(deps, project)));
    return [...(await checkCleanups(deps, projects)), ...questions.flat()];
  } catch (error) {
    const { message, code, remedy } = failureOf(error);
    return [{ area, status: 'warning', detail: `can't be looked at: ${message} [${code}]`, remedy }];
  }
}

async function questionOf({ store, config }: Deps, project: string): Promise<Finding[]> {
  const { question } = await projectRetention({ store, config }, project);
  if (!question) return [];
  return [{ area, status: 'warning', detail: `${question.message} [${question.code}]`, remedy: question.remedy }];
}

/** A slot that is later than this is no slot that was missed, in milliseconds. */
const graceMs = 3_600_000;

async function checkCleanups(deps: Deps, projects: readonly string[]): Promise<Finding[]> {
  const { config, clock } = deps;
  if (!config.retention.enabled) return [disabled];
  const ended = await lastCleanups(deps, projects.length);
  const slot = lastSlot(
    { cron: config.retention.schedule, timezone: config.timezone },
    new Date(clock.now().getTime() - graceMs),
  );
  const known = projects.flatMap((project) => ended.get(project) ?? []);
  const late = known.filter(({ at }) => slot !== undefined && at < slot.toISOString());
  return [
    known.length === 0
      ? { area, status: 'skipped', detail: 'no clean-up was made yet' }
      : {
          area,
          status: 'ok',
          detail: `last clean-up ${newestOf(known)}, of ${known.length} of ${projects.length} projects`,
        },
    ...known.flatMap(failedCleanup),
    ...(late.length > 0 ? [missed(late)] : []),
  ];
}

const disabled: Finding = {
  area,
  status: 'warning',
  detail: 'retention.enabled is false: nothing is moved or deleted by itself',
  remedy: 'Set it to true, or have «havun backup:cleanup --all» in a crontab.',
};

const newestOf = (cleanups: readonly EndedCleanup[]): string =>
  cleanups.reduce((newest, { at }) => (at > newest ? at : newest), '');

function failedCleanup({ project, at, failure }: EndedCleanup): Finding[] {
  if (!failure) return [];
  const { message, code, remedy } = failure;
  return [
    { area, status: 'warning', detail: `the clean-up of ${project} at ${at} failed: ${message} [${code}]`, remedy },
  ];
}

const missed = (late: readonly EndedCleanup[]): Finding => ({
  area,
  status: 'warning',
  detail: `${late.map(({ project, at }) => `${project} was last cleaned up ${at}`).join(', ')}: one was due since`,
  remedy: 'Have the stack up («havun up»), or «havun backup:cleanup --all» in a crontab.',
});

/** Days that are looked through for a project's last clean-up. */
const days = 8;

async function lastCleanups({ tables }: Deps, projects: number): Promise<Map<string, EndedCleanup>> {
  const found = await tables();
  const limit = Math.max(50, projects * days);
  const last = new Map<string, EndedCleanup>();
  for (const type of ['CleanupCompleted', 'CleanupFailed']) {
    for (const { occurredAt: at, data } of await found.auditLog({ type, order: 'newest', limit })) {
      const { project, ...failure } = data as { project: string } & Required<EndedCleanup>['failure'];
      if ((last.get(project)?.at ?? '') >= at) continue;
      last.set(project, { project, at, ...(type === 'CleanupFailed' && { failure }) });
    }
  }
  return last;
}
