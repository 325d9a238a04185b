import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonOf, type Answer } from './testing/havun.js';
import { makeSite, type Site } from './testing/site.js';

const settings = `data_dir: data
storage: {local: {path: backups}}
projects:
  shop: {type: nodejs-app, paths: {root: site}, include: {database: false, config: false, files: [data]}, encryption: {enabled: false}}
`;
/** Clears the screen, begins a line of its own, and turns the rest around. */
const NAME = 'a\u001b[2J\nINJECTED\u202e';

describe('a name that could speak for itself', () => {
  let site: Site;
  beforeAll(async () => {
    site = await makeSite();
    await site.configure(settings);
    await mkdir(join(site.root, 'data'));
    await writeFile(join(site.root, 'data', NAME), 'x');
    execFileSync('mkfifo', [join(site.root, 'data', `${NAME}.pipe`)]);
  });
  afterAll(() => site.remove());

  const isQuiet = (text: string) => {
    expect(text).not.toMatch(/[\u001b\u009b\u202e]/);
    expect(text).not.toMatch(/^INJECTED/m);
  };
  const quiet = async (...args: string[]): Promise<Answer> => {
    const answer = await site.havun(args);
    isQuiet(answer.stdout);
    isQuiet(answer.stderr);
    return answer;
  };

  it('says nothing in the warnings of a backup, in what is shown of it, and in JSON, which keeps it', async () => {
    const { exitCode, stdout, stderr } = await quiet('backup:run', '--project=shop');
    expect([exitCode, stdout + stderr]).toEqual([0, expect.stringContaining('SKIPPED_SPECIAL_FILE')]);
    const backup = /\d{4}(?:-\d\d){5}-shop/.exec(stdout + stderr)?.[0] ?? '';
    expect((await quiet('backup:show', backup)).exitCode).toBe(0);
    const shown = JSON.stringify(jsonOf(await quiet('backup:show', backup, '--json')));
    expect(shown).toContain('SPECIAL');
  });

  it('says nothing where a restore fails on it', async () => {
    const to = join(site.folder, NAME);
    await mkdir(to);
    await writeFile(join(to, 'theirs'), '');
    const { exitCode, stderr } = await quiet('backup:restore', '--project=shop', '--latest', `--to=${to}`, '--yes');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('\\x1b[2J\\nINJECTED\\u202e');
  });

  it('says nothing in the report of a drill', async () => {
    const { stdout } = await quiet('backup:test', '--project=shop');
    const folder = join(site.backups, 'test-restores');
    const reports = await readdir(folder, { recursive: true });
    expect([reports.length > 0, stdout.length > 0]).toEqual([true, true]);
    for (const name of reports)
      if (/\.\w+$/.test(name)) isQuiet((await readFile(join(folder, name), 'utf8')).replaceAll('\\u001b', ''));
  });
});
