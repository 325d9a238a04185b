import type { BackupEvent, BackupPolicy, NewEvent, StreamId } from '@havun/domain';
import { Random } from './random.js';

export interface HistoryEvent {
  readonly stream: StreamId;
  readonly event: NewEvent<BackupEvent>;
  /** How many earlier events the stream has. */
  readonly earlier: number;
}

const projects = 20;
const day = 86_400_000;
const storages = ['local', 'hetzner'];
const policy: BackupPolicy = {
  projectType: 'laravel-app',
  priority: 'critical',
  encrypted: true,
  retentionYears: 7,
  canAutoDelete: false,
  copies: storages,
};
const start = Date.parse('2019-01-01T02:00:00.000Z');

/** The log of `projects` projects that are backed up daily, from their first backup on: seven events each. */
export function* backupHistory(seed: string, events: number): Generator<HistoryEvent, void> {
  const random = new Random(`${seed}/history`);
  let left = events;
  for (let run = 0; left > 0; run++) {
    const correlationId = uuid(random);
    const stream: StreamId = { host: 'local', category: 'backup', id: correlationId };
    for (const [earlier, event] of backupEvents(run, random).entries()) {
      if (left-- <= 0) return;
      yield { stream, earlier, event: { id: uuid(random), event, correlationId, source: 'bench' } };
    }
  }
}

const backupEvents = (run: number, random: Random): BackupEvent[] =>
  backupEventsOf(`project-${run % projects}`, start + Math.floor(run / projects) * day, random);

/** A successful run. @param requested milliseconds since the epoch */
export function backupEventsOf(project: string, requested: number, random: Random): BackupEvent[] {
  const at = (seconds: number): string => new Date(requested + seconds * 1000).toISOString();
  const name = `${at(0).slice(0, 19).replace('T', '-').replaceAll(':', '-')}-${project}`;
  const [path, size, sha256] = [`${project}/hot/${name}.zip`, random.between(1e6, 1e9), random.hex(64)];
  const copy = { path, size, durationMs: random.below(60_000) };
  const copies = storages.map((storage) => ({ storage, path, verified: true }));
  const made = {
    ...copy,
    sha256,
    manifestSha256: random.hex(64),
    entries: 4000,
    sourceBytes: size * 2,
    encrypted: true,
  };
  const databases = [{ name: `${project}_production`, kind: 'mariadb', tables: 48, rows: random.below(2e6) }];
  const sent = { ...copy, storage: 'hetzner', resumedFrom: 0, adopted: false };
  return [
    {
      type: 'BackupRequested',
      at: at(0),
      data: { name, project, trigger: 'schedule', slot: at(0), force: false, policy },
    },
    { type: 'BackupStarted', at: at(1), data: { attempt: 1, runner: 'runner-1' } },
    { type: 'ArchiveCreated', at: at(20), data: { ...made, databases, warnings: [], adopted: false } },
    { type: 'Verified', at: at(25), data: { ...copy, storage: 'local', sha256, method: 'download' } },
    { type: 'Uploaded', at: at(40), data: sent },
    { type: 'Verified', at: at(50), data: { ...copy, storage: 'hetzner', sha256, method: 'server' } },
    { type: 'BackupCompleted', at: at(51), data: { status: 'success', copies, durationSeconds: 51 } },
  ];
}

export function uuid(random: Random): string {
  const hex = random.hex(32);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}
