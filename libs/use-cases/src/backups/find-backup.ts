import { projectHost, type HavunConfig } from '@havun/config';
import {
  BackupChooser,
  backupDecider,
  namedBackups,
  projectDecider,
  type BackupChoice,
  type BackupCriterion,
} from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';

export type { BackupChoice, BackupCriterion } from '@havun/domain';

/** Chooses a backup that can be restored. The log itself is asked, newest first, and no tables. */
export async function findBackup(
  { store, config }: { readonly store: EventStore; readonly config: HavunConfig },
  project: string,
  criterion: BackupCriterion,
): Promise<BackupChoice> {
  const host = projectHost(config, project);
  const { state } = await loadAggregate(store, projectDecider, { host, category: 'project', id: project });
  const chooser = new BackupChooser({ project, criterion, timezone: config.timezone }, namedBackups(state));
  for (const run of chooser.candidates()) {
    const { state: backup } = await loadAggregate(store, backupDecider, { host, category: 'backup', id: run.id });
    const choice = chooser.look(run, backup);
    if (choice) return choice;
  }
  return chooser.none();
}
