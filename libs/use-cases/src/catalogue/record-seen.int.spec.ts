import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backupDecider, archivedIn } from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import { Storages } from '@havun/storage';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { aConfig, Requests, streamIn } from '../testing/requests.js';
import { findBackups, rebuildCatalogue } from './rebuild.js';
import { copyBackup, makeBackup } from './testing/stored-backups.js';

const name = '2025-11-21-03-00-00-havunadmin';
const path = `havunadmin/hot/${name}.zip`;

describe('what is seen of copies that the log knows', () => {
  let folder: TemporaryFolder;
  let storages: Storages;
  let requests: Requests;
  let id: string;
  let [local, zolder] = ['', ''];
  beforeEach(async () => {
    folder = await temporaryFolder('havun-seen-');
    [local, zolder] = [join(folder.path, 'local'), join(folder.path, 'zolder')];
    storages = new Storages({ local: { path: local }, offsite: { zolder: { type: 'local', path: zolder } } });
    requests = new Requests(await aConfig());
    const manifest = { project: 'havunadmin', backup_name: name };
    ({ id } = await makeBackup(local, path, { password: undefined, manifest }));
    await copyBackup(join(local, path), join(zolder, path));
    await rebuild(true);
  });
  afterEach(async () => {
    await storages.close();
    await folder.remove();
  });

  async function rebuild(verify: boolean, dryRun = false) {
    const { candidates, listed } = await findBackups(requests.config, storages);
    const options = { deps: requests, config: requests.config, storages, listed, verify, dryRun };
    const backups = await rebuildCatalogue(candidates, options);
    return backups.flatMap(({ status, problems }) => [status, ...problems.map(({ code }) => code)]);
  }
  async function known() {
    const { state } = await loadAggregate(requests.store, backupDecider, streamIn('backup', id));
    const copies = [...(archivedIn(state)?.copies ?? [])];
    return {
      status: state.status,
      copies: copies.map(([storage, copy]) => [storage, copy.state, seenAt(copy)] as const),
    };
  }
  const seenAt = (copy: object): string => ('at' in copy ? String(copy.at) : '');
  const states = async () => (await known()).copies.map(([storage, state]) => `${storage}: ${state}`);

  it('is that they were read back now, where every byte was', async () => {
    const before = await known();
    expect(await rebuild(false)).toEqual(['known']);
    expect(await known()).toEqual(before);
    expect(await rebuild(true)).toEqual(['known']);
    const after = await known();
    expect(after.status).toBe('success');
    for (const [index, [, state, at]] of after.copies.entries()) {
      expect(state).toBe('verified');
      expect(at > before.copies[index]![2]).toBe(true);
    }
  });

  it('is a damage, and the backup is partial from then on', async () => {
    const content = await readFile(join(local, path));
    content[content.length >> 1]! ^= 1;
    await writeFile(join(local, path), content);
    expect(await rebuild(true, true)).toEqual(['known', 'CHECKSUM_MISMATCH']);
    expect((await known()).status).toBe('success');
    expect(await rebuild(true)).toEqual(['known', 'CHECKSUM_MISMATCH']);
    expect((await known()).status).toBe('partial');
    expect(await states()).toEqual(['local: failed', 'zolder: verified']);
    const once = (await requests.log()).filter(({ event }) => event.type === 'VerificationFailed');
    await rebuild(true);
    expect((await requests.log()).filter(({ event }) => event.type === 'VerificationFailed')).toEqual(once);
  });

  it('is seen without reading it where the size is another', async () => {
    await appendFile(join(zolder, path), 'x');
    expect(await rebuild(false)).toEqual(['known', 'SIZE_MISMATCH']);
    expect(await states()).toEqual(['local: verified', 'zolder: failed']);
  });

  it('is that another archive was put in the place of one', async () => {
    const manifest = { project: 'havunadmin', backup_name: name };
    await rm(join(zolder, path));
    await rm(join(zolder, `${path}.sha256`));
    await makeBackup(zolder, path, { password: undefined, manifest, content: 'another one' });
    expect(await rebuild(false)).toEqual(['wrong', 'COPIES_DIFFER']);
    expect(await states()).toEqual(['local: verified', 'zolder: failed']);
  });

  it('is that one is gone, or all of them', async () => {
    for (const suffix of ['', '.sha256']) await rm(join(zolder, path + suffix));
    expect(await rebuild(false)).toEqual(['known', 'COPY_MISSING']);
    expect(await states()).toEqual(['local: verified', 'zolder: failed']);
    await rm(join(local, 'havunadmin'), { recursive: true });
    expect(await rebuild(false)).toEqual(['wrong', 'COPY_MISSING', 'COPY_MISSING']);
    expect((await known()).status).toBe('failed');
  });

  it('is nothing where a storage could not be listed', async () => {
    await rm(zolder, { recursive: true });
    expect(await rebuild(false)).toEqual(['known']);
    expect(await states()).toEqual(['local: verified', 'zolder: verified']);
  });
});
