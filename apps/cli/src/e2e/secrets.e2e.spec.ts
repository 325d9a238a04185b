import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { secrets } from './testing/secrets.js';
import { fillDatabase, openWorkplace, writeSite, type Workplace } from './testing/workplace.js';

/** Planted where it is allowed to be seen: a search that does not find it would find no secret either. */
const marker = 'factuur-die-gezien-mag-worden';
const planted = Object.values(secrets);
const wrongPassword = 'Rt3-verkeerd-maar-ook-geheim';

let work: Workplace;
const said: string[] = [];
const seenInProcesses: string[] = [];

/** The command lines and environments of every process, sampled for as long as `work` takes. */
async function whileWatchingProcesses<Result>(during: Promise<Result>): Promise<Result> {
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      if (Number(pid) === process.pid) continue;
      for (const file of ['cmdline', 'environ']) {
        try {
          seenInProcesses.push(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        } catch {
          // ended meanwhile
        }
      }
    }
  }, 5);
  try {
    return await during;
  } finally {
    clearInterval(timer);
  }
}

async function havun(...args: string[]): Promise<void> {
  const { stdout, stderr } = await whileWatchingProcesses(work.havun(...args));
  said.push(stdout, stderr);
}

beforeAll(async () => {
  work = await openWorkplace();
  await Promise.all([writeSite(work, 20), fillDatabase(work)]);
  await work.database.rootClient(`INSERT INTO customers VALUES (99999, '${marker}', '')`, 'shop');
  await havun('backup:run', '--wait');
  await work.configure({ databasePassword: wrongPassword });
  await havun('backup:run', '--wait', '--json');
  await work.configure({ hostKey: `SHA256:${'A'.repeat(43)}` });
  await havun('backup:run', '--wait');
  await work.configure();
  await havun('doctor');
  await havun('backup:run', '--dry-run', '--json');
  await havun('backup:list', '--json');
});
afterAll(() => work.close());

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const holdsSecret = (text: string): string | undefined =>
  [...planted, wrongPassword].find((secret) => text.includes(secret));

describe('no secret', () => {
  it('is in the arguments or the environment of any process that a backup starts', () => {
    expect(seenInProcesses.some((text) => text.includes('mariadb-dump'))).toBe(true);
    expect(seenInProcesses.map(holdsSecret).filter((secret) => secret !== undefined)).toEqual([]);
  });

  it('is in anything that a command says', () => {
    expect(said.join('')).toContain('ACCESS_DENIED');
    expect(said.map(holdsSecret).filter((secret) => secret !== undefined)).toEqual([]);
  });

  it('is in any log, event or table, or anywhere else in the data folder', () => {
    const files = filesUnder(join(work.path, 'data'));
    expect(files.map((file) => file.slice(work.path.length))).toEqual(
      expect.arrayContaining(['/data/log/stack.log', '/data/read-model.sqlite']),
    );
    const leaks = files.filter((file) => holdsSecret(readFileSync(file, 'latin1')) !== undefined);
    expect(leaks).toEqual([]);
    const tables = new Database(join(work.path, 'data/read-model.sqlite'), { readonly: true });
    const events = JSON.stringify(tables.prepare('SELECT * FROM audit_log').all());
    tables.close();
    expect(events).toContain('BackupFailed');
    expect(holdsSecret(events)).toBeUndefined();
  });

  it('is in the clear in an encrypted archive or beside it, where the project itself has it in its .env', () => {
    const archives = filesUnder(work.hot);
    expect(archives.length).toBeGreaterThan(0);
    for (const file of archives) {
      const content = readFileSync(file, 'latin1');
      expect(holdsSecret(content)).toBeUndefined();
      expect(content).not.toContain(marker);
    }
  });
});
