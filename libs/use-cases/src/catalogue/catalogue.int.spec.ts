import { appendFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { Storages } from '@havun/storage';
import { examine, type Examined } from './examine.js';
import { findPlaces } from './places.js';
import { copyBackup, makeBackup, passphrase, type BackupWish, type MadeBackup } from './testing/stored-backups.js';

const name = '2025-11-21-03-00-00-shop';
const hot = `shop/hot/${name}.zip`;
const archived = `shop/archive/2025/11/${name}.zip`;

describe('backups that lie in the storages', () => {
  let folder: TemporaryFolder;
  let storages: Storages;
  let [local, zolder] = ['', ''];
  beforeEach(async () => {
    folder = await temporaryFolder('havun-catalogue-');
    [local, zolder] = [join(folder.path, 'local'), join(folder.path, 'zolder')];
    storages = new Storages({ local: { path: local }, offsite: { zolder: { type: 'local', path: zolder } } });
  });
  afterEach(async () => {
    await storages.close();
    await folder.remove();
  });

  const look = async ({ verify = false, passwords = [passphrase] as readonly (string | undefined)[] } = {}) => {
    const { candidates, problems } = await findPlaces(storages.all());
    const options = { storages, passwordsOf: () => passwords, verify };
    const examined: Examined[] = [];
    for (const candidate of candidates) examined.push(await examine(candidate, options));
    return { examined, problems };
  };
  const codes = ({ problems }: { problems: readonly { code: string; storage?: string }[] }): string[] =>
    problems.map(({ code, storage }) => (storage === undefined ? code : `${code} in ${storage}`));

  /** One backup in both storages. */
  const both = async (wish: BackupWish = {}): Promise<MadeBackup> => {
    const made = await makeBackup(local, hot, wish);
    await copyBackup(join(local, hot), join(zolder, archived));
    return made;
  };

  it('are found with everything that the log wants to know of them', async () => {
    const { id, summary } = await both();
    const { size, sha256, manifestSha256 } = summary;
    const claims = [
      { storage: 'local', path: hot, size, sha256 },
      { storage: 'zolder', path: archived, size, sha256 },
    ];
    expect(await look()).toEqual({
      problems: [],
      examined: [
        {
          project: 'shop',
          name,
          problems: [],
          readBack: [],
          damaged: [],
          claims,
          found: {
            id,
            createdAt: '2025-11-21T02:00:03.000Z',
            archive: {
              size,
              sha256,
              manifestSha256,
              entries: 1,
              sourceBytes: 13,
              encrypted: true,
              databases: [{ name: 'shop', kind: 'mariadb', tables: 2, rows: 7 }],
            },
            copies: [
              { storage: 'local', path: hot, verified: false },
              { storage: 'zolder', path: archived, verified: false },
            ],
          },
        },
      ],
    });
  });

  it('are none where there is no local storage yet, and nothing elsewhere', async () => {
    await mkdir(zolder);
    expect(await look()).toEqual({ examined: [], problems: [] });
  });

  it('are told apart from what else lies there', async () => {
    await both();
    await mkdir(join(local, 'test-restores'), { recursive: true });
    await writeFile(join(local, 'test-restores/2025-Q4-shop-test.log'), 'x');
    await writeFile(join(local, `${hot}.4711-1.part`), 'x');
    await writeFile(join(local, 'shop/hot/notes.txt'), 'x');
    await writeFile(join(local, 'shop/hot/holiday photos.zip'), 'x');
    const { examined, problems } = await look();
    expect(examined.map(({ name: found }) => found)).toEqual([name]);
    expect(codes({ problems })).toEqual(['FOREIGN_FILE in local']);
  });

  it('are listed from the other storages when one can not be listed', async () => {
    await both();
    await storages.named('local').close();
    const { examined, problems } = await look();
    expect(examined[0]?.found?.copies).toEqual([{ storage: 'zolder', path: archived, verified: false }]);
    expect(codes({ problems })).toEqual(['CLOSED in local']);
  });

  it('are looked for in vain where a storage elsewhere has lost its folder', async () => {
    await makeBackup(local, hot);
    expect(codes(await look())).toEqual(['NOT_FOUND in zolder']);
  });

  it('are recorded by their good copies when a copy has no checksum', async () => {
    await both();
    await rm(join(zolder, `${archived}.sha256`));
    const [one] = (await look()).examined;
    expect(codes(one!)).toEqual(['NO_CHECKSUM in zolder']);
    expect(one?.found?.copies.map(({ storage }) => storage)).toEqual(['local']);
  });

  it('are not recorded when no copy has a checksum, nor when a checksum is all that is left', async () => {
    await both();
    await rm(join(zolder, `${archived}.sha256`));
    await rm(join(local, hot));
    const [one] = (await look()).examined;
    expect(codes(one!)).toEqual(['ARCHIVE_MISSING in local', 'NO_CHECKSUM in zolder']);
    expect(one?.found).toBeUndefined();
  });

  it('are not recorded when their checksums say different things', async () => {
    await makeBackup(local, hot);
    await makeBackup(zolder, archived, { content: 'other content' });
    const [one] = (await look({ verify: true })).examined;
    expect([codes(one!), one?.found]).toEqual([['COPIES_DIFFER'], undefined]);
  });

  it.each([
    ['a wrong password', {}, ['another one'], 'WRONG_PASSWORD in local'],
    ['no password', {}, [undefined], 'PASSWORD_REQUIRED in local'],
    ['no encryption, where there should be', { password: undefined }, [passphrase], 'WRONG_PASSWORD in local'],
    ['the manifest of another name', { manifest: { backup_name: 'x' } }, [passphrase], 'FOREIGN_ARCHIVE in local'],
    ['the manifest of another project', { manifest: { project: 'x' } }, [passphrase], 'FOREIGN_ARCHIVE in local'],
  ])('are not recorded with %s', async (_what, wish, passwords, code) => {
    await both(wish);
    const [one] = (await look({ passwords })).examined;
    expect(codes(one!)[0]).toBe(code);
    expect(one?.found).toBeUndefined();
  });

  it('open with a password although the project is not encrypted any more', async () => {
    await both();
    const [one] = (await look({ passwords: [undefined, passphrase] })).examined;
    expect(one?.found?.archive.encrypted).toBe(true);
    await rm(join(local, hot));
    await rm(join(zolder, 'shop'), { recursive: true });
    await makeBackup(local, hot, { password: undefined });
    const [other] = (await look({ passwords: [undefined, passphrase] })).examined;
    expect(other?.found?.archive.encrypted).toBe(false);
  });

  it('are read from the next copy when the nearest is cut off', async () => {
    await both();
    await truncate(join(local, hot), 300);
    const [one] = (await look()).examined;
    expect(codes(one!)).toEqual(['TRUNCATED in local']);
    expect(one?.found?.copies.map(({ storage }) => storage)).toEqual(['zolder']);
  });

  it('are recorded without a copy that has another size', async () => {
    await both();
    await appendFile(join(zolder, archived), 'x');
    const [one] = (await look()).examined;
    expect(codes(one!)).toEqual(['SIZE_MISMATCH in zolder']);
    expect(one?.found?.copies.map(({ storage }) => storage)).toEqual(['local']);
  });

  it('are verified when that is asked for, and a flipped bit is found', async () => {
    await both({ content: 'x'.repeat(1000) });
    await copyBackup(join(local, hot), join(local, `shop/archive/2025/11/${name}.zip`));
    const raw = join(zolder, archived);
    await flip(raw, 200);
    expect(codes((await look()).examined[0]!)).toEqual([]);
    const [one] = (await look({ verify: true })).examined;
    expect(codes(one!)).toEqual(['CHECKSUM_MISMATCH in zolder']);
    expect(one?.found?.copies).toEqual([
      { storage: 'local', path: hot, verified: true },
      { storage: 'local', path: archived, verified: true },
    ]);
  });
});

async function flip(file: string, at: number): Promise<void> {
  const raw = await readFile(file);
  raw[at]! ^= 1;
  await writeFile(file, raw);
}
