import type { HavunConfig } from '@havun/config';
import { backupDecider, isEnded, isHeldUp, type EndedBackup } from '@havun/domain';
import { loadAggregate, type EventStore } from '@havun/event-store';
import { ProjectNames } from '../names/project-names.js';
import type { Finding } from './finding.js';

/** What became of the newest backup of each project of this machine: the next one will hardly fare better. */
export async function checkBackups(config: HavunConfig, store: EventStore): Promise<Finding[]> {
  const own = Object.entries(config.projects).filter(([, { enabled, host }]) => enabled && host === config.host);
  return (await Promise.all(own.map(([name]) => checkNewest(config, store, name)))).flat();
}

async function checkNewest({ host }: HavunConfig, store: EventStore, project: string): Promise<Finding[]> {
  const area = `project ${project}`;
  const waiting: Finding[] = [];
  for await (const { id, name } of new ProjectNames(store, host, project).newestFirst('backups')) {
    const { state } = await loadAggregate(store, backupDecider, { host, category: 'backup', id });
    if (isEnded(state)) {
      // Somebody wanted its end: that says nothing of the next one.
      if (state.failure?.code === 'CANCELLED' && state.status === 'failed') continue;
      return [...waiting, ended({ area, project, name }, state)];
    }
    if (waiting.length === 0 && isHeldUp(state)) waiting.push(heldUp(area, name));
  }
  return [...waiting, noBackup(area, project)];
}

function ended(
  { area, project, name }: { area: string; project: string; name: string },
  { status, failure }: EndedBackup,
): Finding {
  if (status === 'success') return { area, status: 'ok', detail: `the newest backup, ${name}, is a success` };
  const why = failure ? `: ${failure.message} [${failure.code}]` : '';
  const again = status === 'partial' ? `backup:retry ${name}` : `backup:run --project=${project}`;
  const look = `See «havun backup:show ${name}»; then «havun ${again}».`;
  return {
    area,
    status: 'failed',
    detail: `the newest backup, ${name}, ${status === 'partial' ? 'is partial' : 'has failed'}${why}`,
    remedy: failure ? `${failure.remedy} ${look}` : look,
  };
}

const heldUp = (area: string, name: string): Finding => ({
  area,
  status: 'warning',
  detail: `copies of ${name} wait for a storage that can't be reached`,
  remedy: `See «havun backup:show ${name}».`,
});

const noBackup = (area: string, project: string): Finding => ({
  area,
  status: 'warning',
  detail: 'there is no backup of it yet',
  remedy: `Make one: «havun backup:run --project=${project}».`,
});
