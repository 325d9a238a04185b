import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '@havun/test-servers';
import { secrets } from './testing/secrets.js';
import {
  archivesIn,
  fillDatabase,
  openWorkplace,
  writeSite,
  type ConfigChanges,
  type Workplace,
} from './testing/workplace.js';

interface Outcome {
  readonly backup: string;
  readonly status: string;
  readonly failure?: { readonly code: string; readonly message: string; readonly remedy: string };
}
interface Listed {
  readonly name: string;
  readonly status: string;
  readonly failure: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}

let work: Workplace;
let good: { name: string; sha256: string };
const mounted: string[] = [];

const sha256Of = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

beforeAll(async () => {
  work = await openWorkplace();
  await Promise.all([writeSite(work, 50), fillDatabase(work)]);
  await work.database.createUser('weinig', secrets.database, ['SELECT ON `shop`.*']);
  const { outcome } = await backUp();
  expect(outcome.status).toBe('success');
  good = { name: outcome.backup, sha256: await sha256Of(join(work.hot, `${outcome.backup}.zip`)) };
});
afterAll(async () => {
  for (const folder of mounted) execFileSync('umount', [folder]);
  await work.close();
});

async function backUp(changes: ConfigChanges = {}): Promise<{ code: number | null; outcome: Outcome; listed: Listed }> {
  await work.configure(changes);
  const { code, stdout, stderr } = await work.havun('backup:run', '--wait', '--json');
  if (stdout === '') throw new Error(`no answer: ${stderr}`);
  const [outcome] = JSON.parse(stdout) as [Outcome];
  const list = JSON.parse((await work.havun('backup:list', '--json')).stdout) as Listed[];
  return { code, outcome, listed: list.find(({ name }) => name === outcome.backup)! };
}

/** A file system that is full after so many bytes. */
function smallDisk(size: string): string {
  const folder = join(work.path, `disk-${mounted.length}`);
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  mounted.push(folder);
  return folder;
}

async function earlierBackupIsUntouched(): Promise<void> {
  for (const folder of [work.hot, join(work.remote, 'admin/hot')]) {
    expect(await sha256Of(join(folder, `${good.name}.zip`))).toBe(good.sha256);
    expect((await archivesIn(folder)).filter((file) => file.includes('.part'))).toEqual([]);
  }
  const list = JSON.parse((await work.havun('backup:list', '--json')).stdout) as Listed[];
  expect(list.find(({ name }) => name === good.name)).toMatchObject({ status: 'success' });
}

describe('a backup that can get no archive', () => {
  it.each<[string, string, () => ConfigChanges | Promise<ConfigChanges>]>([
    ['the password is wrong', 'ACCESS_DENIED', () => ({ databasePassword: 'Rt3-verkeerd-geheim' })],
    ['the database server does not answer', 'DATABASE_UNREACHABLE', async () => ({ databasePort: await freePort() })],
    ['a privilege is missing', 'MISSING_PRIVILEGE', () => ({ databaseUser: 'weinig' })],
    ['a folder is missing', 'PATH_MISSING', () => ({ include: 'storage/weg' })],
  ])('because %s is failed, with the reason and the remedy', async (_, code, changes) => {
    const result = await backUp(await changes());
    expect(result).toMatchObject({
      code: 1,
      outcome: { status: 'failed', failure: { code } },
      listed: { status: 'failed' },
    });
    expect(result.outcome.failure?.remedy).not.toBe('');
    await earlierBackupIsUntouched();
  });

  it('because the local disk is full is failed, and leaves nothing', async () => {
    await writeFile(join(work.path, 'site/storage/app/scan.bin'), randomBytes(600_000));
    const disk = smallDisk('300k');
    const result = await backUp({ localPath: disk });
    expect(result).toMatchObject({ code: 1, outcome: { status: 'failed', failure: { code: 'DISK_FULL' } } });
    expect(await archivesIn(join(disk, 'admin/hot'))).toEqual([]);
    await earlierBackupIsUntouched();
  });
});

describe('a backup that gets no offsite copy', () => {
  const strange = `SHA256:${'A'.repeat(43)}`;
  it.each<[string, string, () => ConfigChanges | Promise<ConfigChanges>]>([
    ['the SFTP server is down', 'UNREACHABLE', async () => ({ sftpPort: await freePort() })],
    ['the host key has changed', 'HOST_KEY_MISMATCH', () => ({ hostKey: strange })],
    ["the SFTP server's disk is full", 'NO_SPACE', () => ({ sftpPath: smallDisk('300k') })],
  ])('because %s is partial, with the reason and the remedy', async (_, code, changes) => {
    await writeFile(join(work.path, 'site/storage/app/scan.bin'), randomBytes(600_000));
    const result = await backUp(await changes());
    expect(result).toMatchObject({
      code: 1,
      outcome: { status: 'partial' },
      listed: { status: 'partial', failure: { code } },
    });
    expect(result.listed.failure?.remedy).not.toBe('');
    await earlierBackupIsUntouched();
  });
});
