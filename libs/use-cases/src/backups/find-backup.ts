import { projectHost, type HavunConfig } from '@havun/config';
import { BackupChooser, backupDecider, type BackupChoice, type BackupCriterion, type NamedRun } from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';

export type { BackupChoice, BackupCriterion } from '@havun/domain';

/** Chooses a backup that can be restored. Reads the log itself, newest first, and no tables. */
export async function findBackup(
  { store, config }: { readonly store: EventStore; readonly config: HavunConfig },
  project: string,
  criterion: BackupCriterion,
): Promise<BackupChoice> {
  const host = projectHost(config, project);
  const names = new ProjectNames(store, host, project);
  const chooser = new BackupChooser({ project, criterion, timezone: config.timezone });
  for await (const run of fitting(names, criterion, project)) {
    const { state } = await loadAggregate(store, backupDecider, { host, category: 'backup', id: run.id });
    const choice = chooser.look(run, state);
    if (choice) return choice;
  }
  return chooser.none(await names.range('backups'));
}

/** The backups with matching names, newest first. */
async function* fitting(
  names: ProjectNames,
  criterion: BackupCriterion,
  project: string,
): AsyncGenerator<NamedRun, void> {
  switch (criterion.kind) {
    case 'latest':
      yield* names.newestFirst('backups');
      return;
    case 'date':
      yield* names.newestFirst('backups', criterion.date);
      return;
    case 'name':
      for (const name of [criterion.name, `${criterion.name}-${project}`]) {
        const id = await names.idOf('backups', name);
        if (id !== undefined) yield { name, id };
      }
  }
}
