import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { BackupEvent } from '@havun/domain';
import type { RecordedBackup, World } from '../world.js';
import { asked, type Machine } from './machine.js';

const run = promisify(execFile);
const terminal: readonly BackupEvent['type'][] = ['BackupCompleted', 'BackupFailed'];
const places = ['local', 'remote'] as const;

/** One backup, as the log tells of it. */
export interface Run {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly requestedAt: string;
  readonly types: readonly string[];
  readonly status: string;
  /** Of the archive, where there is one. */
  readonly sha256: string | undefined;
  readonly failure: string | undefined;
}

export async function runsOf(machine: Machine): Promise<Run[]> {
  const streams = new Map<string, RecordedBackup[]>();
  for (const recorded of await machine.events()) {
    if (recorded.stream.category !== 'backup') continue;
    streams.set(recorded.stream.id, [...(streams.get(recorded.stream.id) ?? []), recorded as RecordedBackup]);
  }
  return [...streams].map(([id, history]) => asRun(id, history));
}

function asRun(id: string, history: readonly RecordedBackup[]): Run {
  const events = history.map(({ event }) => event);
  const find = <Type extends BackupEvent['type']>(type: Type) =>
    events.find((event): event is Extract<BackupEvent, { type: Type }> => event.type === type);
  const request = find('BackupRequested');
  const [completed, failed] = [find('BackupCompleted'), find('BackupFailed')];
  return {
    id,
    name: request?.data.name ?? 'nobody asked for it',
    project: request?.data.project ?? 'nobody asked for it',
    requestedAt: request?.at ?? '',
    types: events.map(({ type }) => type),
    status: completed?.data.status ?? (failed ? 'failed' : 'running'),
    sha256: find('ArchiveCreated')?.data.sha256,
    failure: failed && `${failed.data.code}: ${failed.data.message}`,
  };
}

export const hasEnded = ({ types }: Run): boolean =>
  types.some((type) => terminal.includes(type as BackupEvent['type']));

/** Each run has ended once; log, disks and tables say the same of every one; nothing else lies in the storages. */
export async function expectSettled(machine: Machine, fresh: readonly Run[]): Promise<void> {
  const runs = await runsOf(machine);
  for (const { name, types } of runs) {
    expect({ name, ends: types.filter((type) => terminal.includes(type as BackupEvent['type'])).length }).toEqual({
      name,
      ends: 1,
    });
    expect({ name, last: terminal.includes(types.at(-1) as BackupEvent['type']), types }).toMatchObject({
      name,
      last: true,
    });
    expect(types.filter((type) => type === 'ArchiveCreated').length).toBeLessThan(2);
  }
  expect((await machine.events()).filter(({ event }) => (event.type as string) === 'MessageQuarantined')).toEqual([]);
  await expectCopies(machine.world, runs, fresh);
  await expectTables(machine, runs);
}

/** Every success lies in both places with its checksum, and of all the others there is nothing. */
async function expectCopies(world: World, runs: readonly Run[], fresh: readonly Run[]): Promise<void> {
  for (const project of [...asked, 'clock'])
    for (const where of places) {
      const successes = runs.filter((each) => each.project === project && each.status === 'success');
      const expected = successes.flatMap(({ name }) => [`${name}.zip`, `${name}.zip.sha256`]).sort();
      expect({ project, where, files: await world.hot(where, project) }).toEqual({ project, where, files: expected });
    }
  for (const { name, project, status, sha256 } of fresh)
    for (const where of places) {
      if (status !== 'success') continue;
      const { stdout } = await run('sha256sum', [`${name}.zip`], { cwd: join(world[where], project, 'hot') });
      expect({ where, stdout }).toEqual({ where, stdout: `${sha256 ?? 'no checksum'}  ${name}.zip\n` });
      await run('sha256sum', ['-c', `${name}.zip.sha256`], { cwd: join(world[where], project, 'hot') });
    }
}

interface Listed {
  readonly name: string;
  readonly status: string;
  readonly copies: readonly { readonly storage: string; readonly state: string }[];
}

async function expectTables({ world }: Machine, runs: readonly Run[]): Promise<void> {
  const { code, stdout, stderr } = await world.havun('backup:list', '--json', '--limit=1000');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const listed = JSON.parse(stdout) as Listed[];
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(listed.map(({ name, status }) => ({ name, status })).sort(byName)).toEqual(
    runs.map(({ name, status }) => ({ name, status })).sort(byName),
  );
  for (const { name, status, copies } of listed)
    if (status === 'success')
      expect({ name, copies: copies.map(({ storage, state }) => `${storage} ${state}`).sort() }).toEqual({
        name,
        copies: ['box verified', 'local verified'],
      });
}
