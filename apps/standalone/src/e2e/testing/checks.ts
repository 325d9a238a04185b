import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { tablesOf } from '@havun/read-model/testing';
import type { RecordedBackup, ServicesWorld, World } from './world.js';
import { until } from './until.js';

const run = promisify(execFile);

const isTerminal = ({ event: { type } }: RecordedBackup): boolean =>
  type === 'BackupCompleted' || type === 'BackupFailed';

export const untilEnded = (world: ServicesWorld): Promise<void> =>
  until('the run has ended', async () => (await world.history()).some(isTerminal), { context: () => world.diary() });

/** Exactly this one archive in both places, with a matching checksum file, and no partial file anywhere. */
export async function expectOneArchive(world: World, name: string, project = 'shop'): Promise<void> {
  for (const where of ['local', 'remote'] as const) {
    const files = (await world.hot(where, project)).filter((file) => file.startsWith(name) || file.endsWith('.part'));
    expect({ where, files }).toEqual({ where, files: [`${name}.zip`, `${name}.zip.sha256`] });
    const { stdout } = await run('sha256sum', ['-c', `${name}.zip.sha256`], {
      cwd: join(world[where], project, 'hot'),
    });
    expect(stdout).toBe(`${name}.zip: OK\n`);
  }
}

/** The run is over and succeeded, and the log, the disks and the tables agree on it. */
export async function expectOneSuccess(world: ServicesWorld): Promise<RecordedBackup[]> {
  const history = await world.history();
  const count = (type: string): number => history.filter(({ event }) => event.type === type).length;
  expect(history.filter(isTerminal).map(({ event }) => event)).toMatchObject([
    { type: 'BackupCompleted', data: { status: 'success' } },
  ]);
  expect(history.at(-1)).toMatchObject({ event: { type: 'BackupCompleted' } });
  const counts = [count('BackupRequested'), count('ArchiveCreated'), count('Uploaded'), count('Verified')];
  expect(counts).toEqual([1, 1, 1, 2]);
  expect((await world.events()).map(({ event }) => event.type)).not.toContain('MessageQuarantined');
  await expectOneArchive(world, world.run.name);
  await expectTablesSayTheSame(world, history);
  return history;
}

async function expectTablesSayTheSame(world: ServicesWorld, history: readonly RecordedBackup[]): Promise<void> {
  const log = await world.events();
  await until('the tables hold every event', () => tablesOf(world.readModel)['audit_log']?.length === log.length, {
    context: () => world.diary(),
  });
  const archive = history.map(({ event }) => event).find((event) => event.type === 'ArchiveCreated');
  const rows = tablesOf(world.readModel)['backup_logs'] ?? [];
  expect(rows.filter((row) => row['backup_name'] === world.run.name)).toMatchObject([
    { status: 'success', disk_local: 1, disk_offsite: 1, backup_checksum: archive?.data.sha256 },
  ]);
}
