import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tablesOf } from '@havun/read-model/testing';
import type { Backup } from '@havun/read-model';
import { runProgram } from '@havun/test-servers';
import { jsonOf, type Answer } from './testing/havun.js';
import { ProcessWatch } from './testing/process-watch.js';
import { run } from './testing/programs.js';
import { filesUnder } from './testing/site.js';
import { openWebshop, webshopSettings, type Webshop } from './testing/webshop.js';
import { backupGrants } from './testing/webshop-database.js';

/**
 * The variables that hold the secrets. Each has a part that no escaping changes, which is what is searched for; quotes and
 * backslashes are in some because JSON, SQL and option files write those differently.
 */
const secrets = {
  DB_PASSWORD: 'Geheim1DbWachtwoord"\'\\#',
  WRONG_DB_PASSWORD: 'Geheim2DbVerkeerd"\\',
  ARCHIVE_PASSPHRASE: 'Geheim3ArchiefZin "é',
  KEY_PASSPHRASE: 'Geheim4SleutelZin',
  WRONG_KEY_PASSPHRASE: 'Geheim5SleutelFout"\\',
  SFTP_PASSWORD: 'Geheim6SftpWachtwoord"\\',
  SLACK_WEBHOOK: 'https://hooks.slack.example/services/T0/B0/Geheim7Haak',
  MAIL_PASSWORD: 'Geheim8MailWachtwoord',
};
/** What the project itself keeps secret. */
const appKey = 'Geheim9SleutelVanDeApp';
const searchedFor = [...Object.values(secrets), appKey].map((secret) => /Geheim\d\w+/.exec(secret)![0]);

const secretsIn = (text: string): string[] => searchedFor.filter((secret) => text.includes(secret));

describe('no secret', () => {
  let site: Webshop;
  let watch: ProcessWatch;
  const answers: { readonly command: string; readonly answer: Answer }[] = [];

  async function havun(...args: string[]): Promise<Answer> {
    let end: (() => void) | undefined;
    const answer = await site.havun(args, {
      env: secrets,
      onStart: (pid) => {
        end = watch.start(pid);
      },
    });
    end?.();
    answers.push({ command: args.join(' '), answer });
    return answer;
  }

  const backUp = async (settings: object): Promise<Answer> => {
    await site.configure({ ...settings });
    return havun('backup:run', '--wait', '--json');
  };

  beforeAll(async () => {
    site = await openWebshop({ invoices: 20 });
    // Something that children's arguments and environments do hold: a watch that does not see it would see no secret either.
    watch = new ProcessWatch([...searchedFor, site.dataDir, 'PATH=']);
    await site.mariadb.createUser('secretive', secrets.DB_PASSWORD, backupGrants);
    await runProgram('ssh-keygen', ['-q', '-p', '-P', '', '-N', secrets.KEY_PASSPHRASE, '-f', site.keyFile]);
    await writeFile(join(site.root, '.env'), `APP_KEY=${appKey}\nDB_PASSWORD=${secrets.DB_PASSWORD}\n`);

    const good = secretSettings(site);
    expect((await backUp(good)).exitCode).toBe(0);
    expect((await backUp(withDatabase(good, { password: '${WRONG_DB_PASSWORD}' }))).exitCode).toBe(1);
    expect((await backUp(withOffsite(good, { passphrase: '${WRONG_KEY_PASSPHRASE}' }))).exitCode).toBe(1);
    const byPassword = { private_key_file: undefined, passphrase: undefined, password: '${SFTP_PASSWORD}' };
    expect((await backUp(withOffsite(good, byPassword))).exitCode).toBe(1);
    // A secret in a place where it is wrong, which an error message would like to quote.
    await site.configure(withDatabase(withOffsite(good, { host_key: '${SFTP_PASSWORD}' }), { port: '${DB_PASSWORD}' }));
    expect((await havun('config:check')).exitCode).toBe(3);
    expect((await havun('config:check', '--json')).exitCode).toBe(3);
    expect((await havun('backup:run', '--json')).exitCode).toBe(3);
    await site.configure(good);
    await Promise.all([havun('doctor'), havun('backup:run', '--dry-run', '--json'), havun('config:check', '--json')]);
    const backups = jsonOf(await havun('backup:list', '--json')) as Backup[];
    expect(backups.map(({ status }) => status).sort()).toEqual(['failed', 'partial', 'partial', 'success']);
    await Promise.all(backups.map(({ name }) => havun('backup:show', name, '--json')));
  });

  afterAll(() => site.close());

  it('is in the arguments or the environment of anything that a command starts', () => {
    const names = [...watch.programs].map((path) => path.replace(/^.*\//, ''));
    expect(names).toEqual(expect.arrayContaining(['nats-server', 'mariadb-dump']));
    const found = [...watch.found];
    expect(found).toContainEqual(expect.stringMatching(`nats-server: argument: ${site.dataDir}`));
    expect(found).toContainEqual(expect.stringMatching('mariadb-dump: environment: PATH='));
    expect(found.filter((each) => secretsIn(each).length > 0)).toEqual([]);
  });

  it('is in anything that a command says', () => {
    for (const { command, answer } of answers) {
      const said = answer.stdout + answer.stderr;
      expect(said).not.toBe('');
      expect({ command, secrets: secretsIn(said) }).toEqual({ command, secrets: [] });
    }
    expect(answers.map(({ answer }) => answer.stdout).join('')).toContain('ACCESS_DENIED');
  });

  it('is in a log, an event, a table or anywhere else in the data folder', async () => {
    const holding = new Map<string, string>();
    for (const file of await filesUnder(site.dataDir)) {
      holding.set(file, await readFile(join(site.dataDir, file), 'latin1'));
    }
    const withMarker = [...holding].filter(([, text]) => text.includes('ACCESS_DENIED')).map(([file]) => file);
    expect(withMarker).toEqual(
      expect.arrayContaining(['log/stack.log', 'read-model.sqlite', expect.stringMatching(/^nats\/.*\.blk$/)]),
    );
    expect([...holding].filter(([, text]) => secretsIn(text).length > 0).map(([file]) => file)).toEqual([]);
  });

  it('is in a row of any table', () => {
    const tables = tablesOf(join(site.dataDir, 'read-model.sqlite'));
    const rows = Object.values(tables).map((table) => JSON.stringify(table));
    expect(Object.keys(tables)).toEqual(expect.arrayContaining(['backup_logs', 'audit_log']));
    expect(rows.join('\n')).toContain('ACCESS_DENIED');
    expect(rows.flatMap(secretsIn)).toEqual([]);
  });

  it('is readable in a storage, though the archive holds the .env of the project', async () => {
    for (const folder of [site.backups, site.offsite]) {
      for (const file of await filesUnder(folder)) {
        expect({ file, secrets: secretsIn(await readFile(join(folder, file), 'latin1')) }).toEqual({
          file,
          secrets: [],
        });
      }
    }
    const [archive] = (await filesUnder(site.offsite)).filter((file) => file.endsWith('.zip'));
    const open = (entry: string): Promise<string> =>
      run('7z', ['x', '-so', `-p${secrets.ARCHIVE_PASSPHRASE}`, join(site.offsite, archive!), entry]);
    expect(secretsIn(await open('env-backup.txt'))).toContain(appKey);
    expect(secretsIn(await open('backup-manifest.json'))).toEqual([]);
  });
});

type SecretSettings = ReturnType<typeof secretSettings>;

/** A good configuration in which every secret is a variable. */
function secretSettings(site: Webshop) {
  const { databases, storage, projects, ...rest } = webshopSettings(site);
  const { encryption: _, ...webshop } = projects.webshop;
  return {
    ...rest,
    databases: { main: { ...databases.main, username: 'secretive', password: '${DB_PASSWORD}' } },
    storage: { ...storage, offsite: { hetzner: { ...storage.offsite.hetzner, passphrase: '${KEY_PASSPHRASE}' } } },
    projects: {
      webshop: {
        ...webshop,
        encryption: { enabled: true, password: '${ARCHIVE_PASSPHRASE}' },
        notifications: { slack: '${SLACK_WEBHOOK}' },
      },
    },
    notifications: {
      channels: ['mail', 'slack'],
      mail: { to: 'ops@example.org', username: 'ops', password: '${MAIL_PASSWORD}' },
      slack: { webhook: '${SLACK_WEBHOOK}' },
    },
  };
}

const withDatabase = (settings: SecretSettings, changes: object): SecretSettings => ({
  ...settings,
  databases: { main: { ...settings.databases.main, ...changes } },
});

const withOffsite = (settings: SecretSettings, changes: object): SecretSettings => ({
  ...settings,
  storage: { ...settings.storage, offsite: { hetzner: { ...settings.storage.offsite.hetzner, ...changes } } },
});
