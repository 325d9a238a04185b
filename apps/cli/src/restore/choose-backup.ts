import { backupDecider, restorableCopies, type ChosenBackup } from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import { findBackup, ProjectNames } from '@havun/use-cases';
import { type ServiceContext } from '@havun/service-kit';
import { CommandError, exitCodes } from '../exit-code.js';
import type { RestoreWish } from './restore-options.js';

export interface Choice {
  readonly backup: ChosenBackup;
  /** Why this one, in words. */
  readonly because: string;
  /** When it was asked for, which is the age of what is in it. */
  readonly madeAt: string;
  readonly ageSeconds: number;
  /** Made by a restore, before it replaced what is in this backup: perhaps not what is wanted back. */
  readonly isSafety: boolean;
  /** In the order in which they are tried. */
  readonly copies: readonly { readonly storage: string; readonly path: string; readonly verified: boolean }[];
}

/** @throws CommandError where no backup fits, with what there is */
export async function chooseBackup(
  service: Pick<ServiceContext, 'store' | 'config' | 'clock'>,
  { project, criterion }: Pick<RestoreWish, 'project' | 'criterion'>,
): Promise<Choice> {
  const { store, config, clock } = service;
  const found = await findBackup({ store, config }, project, criterion);
  if (found.kind === 'none') {
    const { code, message, remedy } = found.refusal;
    throw new CommandError(exitCodes.failed, code, message, remedy);
  }
  const { backup, because } = found;
  const host = config.projects[project]?.host ?? config.host;
  const { state } = await loadAggregate(store, backupDecider, { host, category: 'backup', id: backup.id });
  const madeAt = state.status === 'unknown' ? clock.now().toISOString() : state.requestedAt;
  const ageSeconds = (clock.now().getTime() - Date.parse(madeAt)) / 1000;
  const isSafety = state.status !== 'unknown' && state.request.trigger === 'safety';
  return { backup, because, madeAt, ageSeconds, isSafety, copies: restorableCopies(state) };
}

/** The names that were given last, the newest first. */
export async function newestNames(
  { store, config }: Pick<ServiceContext, 'store' | 'config'>,
  project: string,
  count: number,
): Promise<string[]> {
  const host = config.projects[project]?.host ?? config.host;
  const newest: string[] = [];
  for await (const { name } of new ProjectNames(store, host, project).newestFirst('backups')) {
    if (newest.push(name) >= count) break;
  }
  return newest;
}
