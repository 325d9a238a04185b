import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonOf, type Answer } from './testing/havun.js';
import { filesUnder, makeSite, type Site } from './testing/site.js';

const good = `data_dir: data
storage: {local: {path: backups}}
projects:
  havunadmin: {type: nodejs-app, paths: {root: site}, include: {files: ['*.js']}, encryption: {enabled: false}}
`;

/** One mistake of every kind, each with the path that it must be told with and what must be said of it. */
const bad = `data_dir: data
timezone: Europe/Amsterdm
storage: {local: {path: backups}, offsit: {}}
databases:
  main: {type: mariadb, username: backup, password: "\${NOT_SET_ANYWHERE}"}
projects:
  havunadmin:
    type: laravel-app
    schedule: "61 3 * * *"
    paths: {root: site, database: admin, server: main}
    include: {database: "perhaps", files: []}
    retention: {hot_retention_day: 30}
    encryption: {enabled: false}
  havun-mcp:
    type: nodejs-ap
    paths: {root: site}
    encryption: {enabled: false}
  havunadmin:
    type: nodejs-app
    paths: {root: site}
`;
const mistakes: readonly (readonly [path: string, words: RegExp])[] = [
  ['timezone', /Europe\/Amsterdam/],
  ['storage.offsit', /offsite/],
  ['databases.main.password', /NOT_SET_ANYWHERE/],
  ['projects.havunadmin.schedule', /61/],
  ['projects.havunadmin.include.database', /true or false|boolean/],
  ['projects.havunadmin.retention.hot_retention_day', /hot_retention_days/],
  ['projects.havun-mcp.type', /nodejs-app/],
  ['projects.havunadmin', /twice|duplicate|already/i],
];

interface Problem {
  readonly path: string;
  readonly line: number;
}
interface Refusal {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
}

let site: Site;
const havun = (...args: string[]): Promise<Answer> => site.havun(args);

beforeAll(async () => {
  site = await makeSite();
});
afterAll(() => site.remove());

describe('a bad havun.yaml', () => {
  beforeEach(() => site.configure(bad));

  it('is told with all its errors at once, each with its path, its line and what would be right', async () => {
    const { exitCode, stdout } = await havun('config:check');
    expect(exitCode).toBe(3);
    // Each problem begins with a mark, and goes on under a hanging indent.
    const told = stdout
      .split(/^✖ /m)
      .slice(1)
      .map((problem) => problem.replace(/\s+/g, ' '));
    for (const [path, words] of mistakes) {
      const own = told.filter((problem) => problem.includes(path));
      expect({ path, own }).toEqual({ path, own: expect.arrayContaining([expect.stringMatching(words)]) });
      expect(own.join()).toMatch(/havun\.yaml:\d+|line \d+/);
    }
  });

  it('is told the same as JSON', async () => {
    const { exitCode, ...answer } = await havun('config:check', '--json');
    const { ok, problems } = jsonOf({ exitCode, ...answer }) as { ok: boolean; problems: Problem[] };
    expect({ exitCode, ok }).toEqual({ exitCode: 3, ok: false });
    expect(problems.map(({ path }) => path).sort()).toEqual(mistakes.map(([path]) => path).sort());
    for (const { line } of problems) expect(line).toBeGreaterThan(0);
  });

  it('stops every command alike, before anything is made', async () => {
    const commands = [
      ['backup:run'],
      ['backup:list'],
      ['backup:show', 'x'],
      ['doctor'],
      ['projection:rebuild'],
      ['up'],
    ];
    for (const answer of await Promise.all(commands.map((command) => havun(...command)))) {
      expect(answer).toMatchObject({ exitCode: 3, stdout: '' });
      for (const [path] of mistakes) expect(answer.stderr).toContain(path);
    }
    expect(await filesUnder(site.folder)).toEqual(['havun.yaml']);
  });

  it('is an error as JSON where a command was asked for JSON', async () => {
    const answer = await havun('backup:run', '--json');
    expect(answer.exitCode).toBe(3);
    expect(jsonOf(answer)).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: expect.stringContaining('timezone') },
    });
  });

  it('that is no YAML at all is told with the line', async () => {
    await site.configure('projects:\n  havunadmin: {type: [nodejs-app\n');
    const { exitCode, stdout } = await havun('config:check');
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/havun\.yaml:[23]|line [23]/);
  });
});

describe('a havun.yaml that is missing', () => {
  it('is told with the places that were looked at', async () => {
    const answer = await site.havun(['backup:list', '--json'], { cwd: site.backups });
    expect(answer.exitCode).toBe(3);
    const { error } = jsonOf(answer) as Refusal;
    expect(error.code).toBe('CONFIG_NOT_FOUND');
    const said = `${error.message} ${error.remedy}`;
    expect(said).toContain(join(site.backups, 'havun.yaml'));
    expect(said).toContain('/etc/havun/havun.yaml');
    expect(answer.stderr).toContain('/etc/havun/havun.yaml');
  });

  it('though it was named, in whatever way, is told by that name', async () => {
    const [flagged, variable] = await Promise.all([
      havun('doctor', '--config=nowhere.yaml'),
      site.havun(['doctor'], { env: { HAVUN_CONFIG: 'elsewhere.yaml' } }),
    ]);
    expect(flagged).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('nowhere.yaml') });
    expect(variable).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('elsewhere.yaml') });
  });
});

describe('a command line that makes no sense', () => {
  beforeEach(() => site.configure(good));

  it.each([
    { args: ['backup:rum'], hint: 'backup:run' },
    { args: ['backup', 'lst'], hint: 'backup:list' },
    { args: ['backup:run', '--projct', 'havunadmin'], hint: '--project' },
    { args: ['backup:list', '--limit=many'], hint: 'whole number' },
    { args: ['backup:show'], hint: 'name' },
    { args: ['doctor', 'surplus'], hint: 'argument' },
  ])('ends with 2 and a hint: $args', async ({ args, hint }) => {
    const { exitCode, stderr } = await havun(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(hint) });
  });

  it('is an error as JSON where JSON was asked for', async () => {
    const answer = await havun('backup:run', '--projct=havunadmin', '--json');
    expect(answer.exitCode).toBe(2);
    expect(jsonOf(answer)).toMatchObject({
      error: { code: expect.any(String), message: expect.stringContaining('--projct') },
    });
  });

  it('with an unknown project suggests the nearest, in both spellings of the command', async () => {
    const spellings = [
      ['backup:run', '--project=havunadmn', '--json'],
      ['backup', 'run', '--project=havunadmn', '--json'],
      ['backup', 'list', '--project=havunadmn', '--json'],
    ];
    for (const answer of await Promise.all(spellings.map((args) => havun(...args)))) {
      expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Did you mean "havunadmin"?') });
      expect(jsonOf(answer)).toMatchObject({ error: { code: 'UNKNOWN_PROJECT' } });
    }
  });

  it('with a backup that there is not says where the names are', async () => {
    const answer = await havun('backup:show', '2025-11-21-03-00-00-havunadmin', '--json');
    expect(answer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('2025-11-21-03-00-00-havunadmin') });
    expect(jsonOf(answer)).toMatchObject({
      error: { code: 'UNKNOWN_BACKUP', remedy: expect.stringContaining('havun backup:list --project=havunadmin') },
    });
    const unlike = await havun('backup:show', 'yesterday');
    expect(unlike).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('2025-11-21-03-00-00-havunadmin') });
  });
});

describe('help', () => {
  it('names every command, and each shows examples in its own, without a havun.yaml', async () => {
    const { exitCode, stdout } = await havun('--help');
    expect(exitCode).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+(?::[a-z]+)?) .*\S {2,}\S/gm)].map(([, name]) => name!);
    expect(commands).toEqual(
      expect.arrayContaining([
        'backup:list',
        'backup:run',
        'backup:show',
        'config:check',
        'doctor',
        'projection:rebuild',
        'up',
      ]),
    );
    const ask = async (command: string) => ({
      command,
      ...(await site.havun([command, '--help'], { cwd: site.backups })),
    });
    for (const help of await Promise.all(commands.filter((name) => name !== 'help').map(ask))) {
      expect(help).toMatchObject({ exitCode: 0, stderr: '' });
      expect(help.stdout).toMatch(new RegExp(`Examples:\n {2}\\$ havun ${help.command}`));
    }
  });
});
