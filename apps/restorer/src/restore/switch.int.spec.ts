import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { aRestoreEvent } from '@havun/domain/testing';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { createLogger, systemClock, systemIds, ScratchFolder } from '@havun/service-kit';
import { RestoreRuns } from '@havun/use-cases';
import { RestoreFolder } from './restore-folder.js';
import { Switch, type SwitchOutcome } from './switch.js';

const token = '20251122031000';

describe('a switch whose runner died before it could say that it was done', () => {
  let folder: string;
  let live: string;
  let kept: string;
  let journal: RestoreFolder;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-switch-'));
    live = join(folder, 'test', 'storage');
    const staging = join(folder, 'test', `.havun-restore-${token}`);
    await mkdir(live, { recursive: true });
    await mkdir(join(staging, 'storage'), { recursive: true, mode: 0o700 });
    await writeFile(join(live, 'file'), 'old');
    await writeFile(join(staging, 'storage', 'file'), 'restored');
    journal = new RestoreFolder(join(folder, 'data'), 'a-restore');
    await journal.make();
    kept = `${live}.before-restore-${token}`;
    const moves = [{ staged: join(staging, 'storage'), live, kept, replaces: true }];
    const trees = { token, moves, staging: [staging], entries: 1, bytes: 8, linksLeftOut: [], setIdsDropped: 0 };
    await journal.writePlan({ version: 1, root: join(folder, 'test'), token, databases: [], trees, warnings: [] });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Repeats the call, as the next start does. */
  async function twice(kind: 'test' | 'production'): Promise<SwitchOutcome[]> {
    const request = { ...aRestoreEvent('RestoreRequested').data, target: { kind } };
    const root = join(folder, 'test');
    const restore = { before: [`echo down >> ${join(folder, 'diary')}`], after: [], hook_timeout_seconds: 10 };
    const paths = { root: kind === 'test' ? join(folder, 'site') : root };
    const config = {
      data_dir: join(folder, 'data'),
      projects: { [request.project]: { paths, restore, test: { root } } },
    } as unknown as HavunConfig;
    const scrub = (text: string): string => text;
    const logger = createLogger({ service: 'restorer', scrub, destination: { write: () => undefined } });
    const store = new InMemoryEventStore();
    const runs = new RestoreRuns({ store, clock: systemClock, ids: systemIds, scrub, service: 'restorer' });
    const switching = new Switch(config, logger, runs, new ScratchFolder(config, 'restorer'));
    const state = { status: 'running', request } as unknown as Parameters<Switch['run']>[0];
    const run = (): Promise<SwitchOutcome> => switching.run(state, journal, new AbortController().signal);
    return [await run(), await run()];
  }

  it('says the same at the next start, and runs no hook again that comes before it', async () => {
    const outcome = { kind: 'switched', kept: { paths: 1, databases: [] }, warnings: [] };
    expect(await twice('production')).toEqual([outcome, outcome]);
    expect(await readFile(join(live, 'file'), 'utf8')).toBe('restored');
    expect(await readFile(join(kept, 'file'), 'utf8')).toBe('old');
    expect(await readFile(join(folder, 'diary'), 'utf8')).toBe('down\n');
  });

  it('is not begun where a deployment has moved the project since the restore was planned', async () => {
    const root = join(folder, 'test');
    await rename(root, join(folder, 'release-1'));
    await mkdir(join(folder, 'release-2'));
    await symlink('release-1', root);
    const moved = join(folder, 'release-1');
    const at = (path: string) => path.replace(root, moved);
    const staging = at(join(root, `.havun-restore-${token}`));
    const moves = [{ staged: join(staging, 'storage'), live: at(live), kept: at(kept), replaces: true }];
    const trees = { token, moves, staging: [staging], entries: 1, bytes: 8, linksLeftOut: [], setIdsDropped: 0 };
    await journal.writePlan({ version: 1, root: moved, token, databases: [], trees, warnings: [] });
    await rm(root);
    await symlink('release-2', root);
    const [outcome] = await twice('production');
    expect(outcome).toMatchObject({ kind: 'taken-back', failure: { code: 'PROJECT_MOVED' } });
    expect(await readFile(join(at(live), 'file'), 'utf8')).toBe('old');
    expect(await readdir(join(folder, 'release-2'))).toEqual([]);
    expect(existsSync(staging)).toBe(false);
  });

  it('says the same of a test environment, of which nothing is kept', async () => {
    const outcome = { kind: 'switched', kept: { paths: 0, databases: [] }, warnings: [] };
    expect(await twice('test')).toEqual([outcome, outcome]);
    expect(await readFile(join(live, 'file'), 'utf8')).toBe('restored');
    expect(existsSync(kept)).toBe(false);
  });
});
