import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ArchiveEntry } from '@havun/archive';
import { createSource } from '../create-source.js';
import { consume } from '../testing/consume.js';
import { projectTree } from '../testing/project-tree.js';
import { fileEntries } from './file-entries.js';
import type { OpenFiles } from './open-files.js';
import { textNames } from './raw-name.js';
import { notRead } from './walk.js';

/** Does it as a user who may read only what everybody may. */
async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return await work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('files', () => {
  let root: string;
  beforeEach(async () => {
    root = await projectTree({ 'data/a.txt': 'aaaa', 'data/b.txt': 'bbbb', 'data/c/d.txt': 'dddd' });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const open = (files: (string | { path: string; optional: boolean })[] = ['data']) =>
    createSource({
      name: 'x',
      type: 'nodejs-app',
      paths: { root },
      include: { database: false, config: false, files },
    }).open();

  /** Reads all entries. `before` runs when all are open and none is read. */
  async function readAfter(before: () => Promise<void>) {
    const source = await open();
    const entries: ArchiveEntry[] = [];
    for await (const entry of source.entries()) entries.push(entry);
    await before();
    const texts: Record<string, string> = {};
    for (const entry of entries) {
      if (entry.type !== 'file') continue;
      let text = '';
      for await (const chunk of entry.open()) text += Buffer.from(chunk).toString();
      texts[entry.name] = text;
    }
    await source.close();
    return { texts, warnings: source.details().warnings.map(({ code, path }) => [code, path]) };
  }

  it('keep their modes, times, links and empty folders', async () => {
    await mkdir(join(root, 'data/empty'), { mode: 0o750 });
    await chmod(join(root, 'data/a.txt'), 0o4755);
    await utimes(join(root, 'data/a.txt'), 1_700_000_000, 1_700_000_000);
    const source = await open();
    const entries: ArchiveEntry[] = [];
    for await (const entry of source.entries()) entries.push(entry);
    await source.close();
    expect(entries.find(({ name }) => name === 'data/a.txt')).toMatchObject({
      mode: 0o4755,
      mtime: new Date(1_700_000_000_000),
      sizeHint: 4,
    });
    expect(entries.find(({ name }) => name === 'data/empty')).toMatchObject({ type: 'directory', mode: 0o750 });
  });

  it.each(['removed', 'replaced'])('fail the run when the folder that was asked for is %s meanwhile', async (what) => {
    const source = await open();
    const read = async () => {
      for await (const { name } of source.entries()) {
        if (name !== 'data') continue;
        await rename(join(root, 'data'), join(root, 'gone'));
        if (what === 'replaced') await mkdir(join(root, 'data'));
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'PATH_MISSING', retryable: true });
    await source.close();
  });

  it('fail the run when one that was asked for by name is gone when it is opened', async () => {
    const source = await open(['data/a.txt']);
    await rm(join(root, 'data/a.txt'));
    await expect(consume(source)).rejects.toMatchObject({ problems: [{ code: 'PATH_MISSING', path: 'data/a.txt' }] });
    await source.close();
  });

  it('that vanish from a folder while it is walked are left out and named', async () => {
    for (let number = 0; number < 200; number += 1)
      await writeFile(join(root, 'data/c', `f${String(number).padStart(3, '0')}`), 'x');
    const source = await open();
    const seen: string[] = [];
    for await (const { name } of source.entries()) {
      if (seen.length === 0) await rm(join(root, 'data/c/f199'));
      seen.push(name);
    }
    await source.close();
    expect(seen).toContain('data/c/f198');
    expect(seen).not.toContain('data/c/f199');
    expect(source.details().warnings).toMatchObject([{ code: 'VANISHED', path: 'data/c/f199' }]);
  });

  it('tells no text of a link that lies outside, where a folder was replaced by a link meanwhile', async () => {
    const outside = await projectTree({ l: { linkTo: '/secret/place' } });
    await symlink('inside', join(root, 'data/c/l'));
    const stats = await lstat(join(root, 'data/c/l'));
    const found = { path: 'data/c/l', location: Buffer.from(join(root, 'data/c/l')), stats };
    await rename(join(root, 'data/c'), join(root, 'data/old'));
    await symlink(outside, join(root, 'data/c'));
    const warnings: string[] = [];
    const entries = fileEntries(
      // eslint-disable-next-line @typescript-eslint/require-await
      (async function* () {
        yield { found, name: 'data/c/l' };
      })(),
      { open: () => Promise.resolve([]) } as unknown as OpenFiles,
      ({ code }) => warnings.push(code),
    );
    expect(await entries.next()).toMatchObject({ done: true });
    expect(warnings).toEqual(['VANISHED']);
    await rm(outside, { recursive: true });
  });

  it('stay readable when they vanish after they were opened', async () => {
    const large = 'a'.repeat(100_000);
    await writeFile(join(root, 'data/a.txt'), large);
    const { texts, warnings } = await readAfter(() => rm(join(root, 'data'), { recursive: true }));
    expect(texts).toEqual({ 'data/a.txt': large, 'data/b.txt': 'bbbb', 'data/c/d.txt': 'dddd' });
    expect(warnings).toEqual([]);
  });

  it('that grow, shrink or change while they are read are archived as far as they go, and named', async () => {
    const size = 100_000;
    for (const name of ['a.txt', 'b.txt', 'c/d.txt']) await writeFile(join(root, 'data', name), 'x'.repeat(size));
    const { texts, warnings } = await readAfter(async () => {
      await appendFile(join(root, 'data/a.txt'), 'more');
      await truncate(join(root, 'data/b.txt'), 1);
      await writeFile(join(root, 'data/c/d.txt'), 'D'.repeat(size));
      await utimes(join(root, 'data/c/d.txt'), 1, 1);
    });
    expect(texts).toEqual({ 'data/a.txt': 'x'.repeat(size), 'data/b.txt': 'x', 'data/c/d.txt': 'D'.repeat(size) });
    expect(warnings).toEqual([
      ['GREW', 'data/a.txt'],
      ['SHRANK', 'data/b.txt'],
      ['CHANGED', 'data/c/d.txt'],
    ]);
  });

  it('that are pipes or sockets are skipped by name', async () => {
    execFileSync('mkfifo', [join(root, 'data/pipe')]);
    const server = createServer().listen(join(root, 'data/sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    const source = await open();
    expect([...(await consume(source)).keys()]).not.toContain('data/pipe');
    await source.close();
    await new Promise((resolve) => server.close(resolve));
    expect(source.details().warnings).toMatchObject([
      { code: 'SKIPPED_SPECIAL_FILE', path: 'data/pipe' },
      { code: 'SKIPPED_SPECIAL_FILE', path: 'data/sock' },
    ]);
  });

  it('with names that are not UTF-8 are archived under a readable name', async () => {
    await writeFile(Buffer.concat([Buffer.from(join(root, 'data/caf')), Buffer.from([0xe9])]), 'latin');
    await writeFile(join(root, 'data/caf%E9'), 'other');
    const source = await open();
    const entries = await consume(source);
    await source.close();
    expect([entries.get('data/caf%E9')?.text, entries.get('data/caf%E9%')?.text]).toEqual(['other', 'latin']);
    expect(source.details().warnings).toMatchObject([{ code: 'NAME_NOT_UTF8', path: 'data' }]);
  });

  it('are all closed when the source is closed half-way', async () => {
    await writeFile(join(root, 'data/large'), 'x'.repeat(100_000));
    const before = (await readdir('/proc/self/fd')).length;
    const source = await open();
    for await (const _ of source.entries()) break;
    await source.close();
    await source.close();
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before);
  });

  it('larger than one buffer are read whole', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 7, 'abcdefg');
    await writeFile(join(root, 'data/large'), large);
    const source = await open();
    expect((await consume(source)).get('data/large')!.bytes.equals(large)).toBe(true);
    await source.close();
  });

  it('stop being read when the run is aborted', async () => {
    const abort = new AbortController();
    const source = await createSource({
      name: 'x',
      type: 'nodejs-app',
      paths: { root },
      include: { database: false, config: false, files: ['data'] },
    }).open({ signal: abort.signal });
    abort.abort(new Error('stopped by a person'));
    await expect(consume(source)).rejects.toThrow('stopped by a person');
    await source.close();
  });

  it('that may not be read are missing, with a remedy; and fail the run where the fault is ours', () => {
    const because = (code: string) => Object.assign(new Error('no'), { code });
    expect(notRead('data/a.txt', because('EACCES'))).toMatchObject({
      code: 'PATH_UNREADABLE',
      path: 'data/a.txt',
      message: 'data/a.txt cannot be read (EACCES) and is not archived',
      remedy: expect.stringContaining('setfacl') as unknown,
    });
    expect(notRead('data/a.txt', because('EIO')).remedy).toContain('smartctl');
    expect(() => notRead('data/a.txt', because('EMFILE'))).toThrow('cannot be read (EMFILE)');
  });

  it('that this user may not read, and folders, are left out and named; all else is archived', async () => {
    await writeFile(join(root, 'data/large.bin'), Buffer.alloc(200_000));
    await mkdir(join(root, 'data/closed'));
    await writeFile(join(root, 'data/closed/in.txt'), 'in');
    await chmod(root, 0o755);
    for (const path of ['b.txt', 'large.bin', 'closed']) await chmod(join(root, 'data', path), 0);
    const project = createSource({
      name: 'x',
      type: 'nodejs-app',
      paths: { root },
      include: { database: false, config: false, files: ['data'] },
    });
    const { names, missing, plan } = await asNobody(async () => {
      const source = await project.open();
      const read = [...(await consume(source)).keys()];
      await source.close();
      return { names: read, missing: source.details().missing, plan: await project.plan() };
    });
    expect(names).toEqual(['data', 'data/a.txt', 'data/c', 'data/c/d.txt', 'data/closed']);
    const lost = ['data/b.txt', 'data/closed', 'data/large.bin'];
    expect(missing.map(({ code, path }) => [code, path]).sort()).toEqual(lost.map((path) => ['PATH_UNREADABLE', path]));
    expect(missing.every(({ name }) => name === undefined)).toBe(true);
    expect(plan.problems).toEqual([]);
    expect(plan.missing.map(({ path }) => path)).toContain('data/closed');
  });
});

describe('names that are not UTF-8', () => {
  it('stay apart, and valid names stay as they are', () => {
    const raw = ['a\xe9', 'a%E9', 'a\xc3\xa9', 'plain'];
    const names = textNames(raw);
    expect(names.get('a\xc3\xa9')).toBe('aé');
    expect(names.get('plain')).toBe('plain');
    expect(new Set(names.values()).size).toBe(raw.length);
  });
});
