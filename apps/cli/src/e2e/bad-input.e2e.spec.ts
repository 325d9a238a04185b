import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';

const program = fileURLToPath(new URL('../../../../dist/apps/cli/main.js', import.meta.url));
let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder('havun-bad-input-');
});
afterEach(() => folder.remove());

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const havun = (...args: string[]): Promise<Answer> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] };
    execFile(process.execPath, [program, ...args], { cwd: folder.path, env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
const config = (text: string): Promise<void> => writeFile(join(folder.path, 'havun.yaml'), text, { mode: 0o600 });

const good = `data_dir: data
storage: {local: {path: backups}}
projects:
  site: {type: nodejs-app, paths: {root: site}, include: {files: [src]}, encryption: {enabled: false}}
`;

describe('a bad havun.yaml', () => {
  const bad = `timezone: Europe/Amsterdm
storage: {local: {path: backups}}
databases:
  main: {type: mariadb, username: backup, password: "\${NOT_SET_ANYWHERE}"}
projects:
  admin:
    type: laravel-app
    schedule: "61 3 * * *"
    paths: {root: /srv/admin, database: admin, server: main}
    retention: {hot_retention_day: 30}
    include: {database: "perhaps"}
    encryption: {enabled: false}
  admin:
    type: nodejs-app
    paths: {root: /srv/admin}
    encryption: {enabled: false}
`;
  const expected = [
    'timezone',
    'databases.main.password',
    'projects.admin.schedule',
    'projects.admin.retention.hot_retention_day',
    'projects.admin.include.database',
    'projects.admin',
  ];

  it('is told with all its errors at once, each with its path and line', async () => {
    await config(bad);
    const { code, stdout } = await havun('config:check', '--json');
    const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: { path: string; line: number }[] };
    expect({ code, ok }).toEqual({ code: 3, ok: false });
    expect(problems.map(({ path }) => path)).toEqual(expect.arrayContaining(expected));
    expect(problems.every(({ line }) => line > 0)).toBe(true);
  });

  it('stops every command in the same way, before anything is done', async () => {
    await config(bad);
    for (const command of ['backup:run', 'backup:list', 'doctor', 'up']) {
      const { code, stderr } = await havun(command);
      expect(code).toBe(3);
      expect(stderr).toContain('did you mean "hot_retention_days"');
      expect(stderr).toContain('NOT_SET_ANYWHERE');
    }
  });

  it('that is missing is told with the places that were looked at', async () => {
    const { code, stderr } = await havun('backup:list');
    expect(code).toBe(3);
    expect(stderr).toContain(join(folder.path, 'havun.yaml'));
    expect(stderr).toContain('/etc/havun/havun.yaml');
  });
});

describe('a command line that makes no sense', () => {
  it.each([[['frobnicate']], [['backup:run', '--proyect=site']], [['backup:list', '--limit=none']], [['backup:show']]])(
    '%j ends with 2, and says what is wrong',
    async (args) => {
      await config(good);
      const { code, stderr } = await havun(...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error: /);
    },
  );

  it('with an unknown project suggests the nearest', async () => {
    await config(good);
    const { code, stderr } = await havun('backup:run', '--project=siet');
    expect({ code, suggestion: /Did you mean "site"/.test(stderr) }).toEqual({ code: 2, suggestion: true });
  });

  it('gets its error as JSON where it asked for JSON', async () => {
    await config(good);
    const { code, stdout } = await havun('backup', 'run', '--project=siet', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'UNKNOWN_PROJECT' } });
  });

  it('with a backup that does not exist says where the names are', async () => {
    await config(good);
    const { code, stderr } = await havun('backup:show', '2025-11-21-03-00-00-site');
    expect(code).toBe(1);
    expect(stderr).toContain('havun backup:list --project=site');
  });
});
