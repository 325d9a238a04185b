import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkText } from './testing/check-text.js';

describe('a folder of our own inside what is backed up', () => {
  let work: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'havun-places-'));
    await mkdir(join(work, 'site/storage'), { recursive: true });
    await symlink(join(work, 'site/storage'), join(work, 'elsewhere'));
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  interface Places {
    local?: string;
    offsite?: string;
    data?: string;
    files?: string;
    host?: string;
  }

  const problems = async ({ local = 'b', offsite = 'o', data = 'd', files = 'storage', host = 'local' }: Places) =>
    (
      await checkText(`
data_dir: ${join(work, data)}
storage: {local: {path: ${join(work, local)}}, offsite: {disk: {type: local, path: ${join(work, offsite)}}}}
projects:
  shop:
    type: nodejs-app
    host: ${host}
    paths: {root: ${join(work, 'site')}}
    include: {files: ['${files}'], database: false}
    encryption: {password: 'correct horse battery'}
`)
    ).problems;
  const paths = async (places: Places): Promise<string[]> => (await problems(places)).map(({ path }) => path);

  it('is refused, with both places named', async () => {
    const [problem, ...others] = await problems({ local: 'site/storage/backups' });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: 'storage.local.path', line: 3 });
    expect(problem?.message).toBe(
      `${work}/site/storage/backups is inside what is backed up of shop: "storage" in ${work}/site`,
    );
    expect(problem?.remedy).toContain('projects.shop.include.files');
  });

  it.each<[string, Places, string[]]>([
    ['nothing that lies beside it', {}, []],
    ['an offsite storage on this machine', { offsite: 'site/storage/o' }, ['storage.offsite.disk.path']],
    ['data_dir', { data: 'site/storage' }, ['data_dir']],
    ['a place that a link leads to', { local: 'elsewhere/new/backups' }, ['storage.local.path']],
    ['the whole project', { local: 'site/b', files: '.' }, ['storage.local.path']],
    ['a folder that is not there yet', { local: 'site/new/b', files: 'new' }, ['storage.local.path']],
    ['a folder that a glob takes', { local: 'site/storage/b', files: 'storage/*' }, ['storage.local.path']],
    ['archives that a glob takes', { local: 'site/b', files: '**/*.zip' }, ['storage.local.path']],
    ['no folder in which a glob takes nothing of ours', { local: 'site/b', files: '**/*.md' }, []],
    ['a folder of archives that is the project', { local: '.', files: 'shop', data: 'd' }, []],
    ['no project of another machine', { local: 'site/storage/b', host: 'other' }, []],
  ])('refuses %s', async (_what, places, expected) => {
    expect(await paths(places)).toEqual(expected);
  });

  it('is refused where archives of the project come into its own folder', async () => {
    await mkdir(join(work, 'shop'), { recursive: true });
    await symlink(join(work, 'shop'), join(work, 'site/archives'));
    expect(await paths({ local: '.', files: 'archives' })).toEqual(['storage.local.path']);
  });
});
