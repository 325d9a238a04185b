import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isEncoded, pathOf, rawOf } from './files/raw-name.js';
import { createSource } from './create-source.js';
import { extractTo } from './restore/extract-to.js';
import { consume } from './testing/consume.js';
import { backUp, FILES, restore, snapshot, TOKEN, withoutKept, workplace, type Workplace } from './testing/restores.js';

let work: Workplace;
beforeAll(async () => {
  work = await workplace();
});
afterAll(() => work.remove());

/** Names as Linux allows them, one character a byte; many of the kinds that have broken archives before. */
const PIECES = [
  '\\',
  '..',
  '.',
  'C:',
  'c:\\',
  '%5C',
  '%E9',
  '\xe9',
  '\xff',
  '\n',
  '\r',
  '\x1b[2J',
  'a',
  ' ',
  '~',
  '*',
  '-',
];
const anyBytes = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 255 });
const rawName = fc
  .oneof(
    anyBytes.map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.constantFrom(
      '\xff'.repeat(255),
      'env-backup.txt',
      `env-backup.txt${'.project'.repeat(30)}`,
      `${'x'.repeat(254)}\xe9`,
    ),
  )
  .map((raw) => raw.replaceAll('/', '\\'))
  .filter((raw) => raw !== '.' && raw !== '..' && !raw.startsWith('.havun-restore'));

const at = (folder: string, raw: string): Buffer => pathOf(`${rawOf(folder)}/${raw}`);

describe('a name that a user of the site gives', () => {
  const everything = { database: false, config: false, files: ['.'] };

  it.each(['laravel-app', 'nodejs-app'] as const)(
    'fails no run of a %s, whatever it is, and the file comes back',
    async (type) => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(rawName, { minLength: 1, maxLength: 12 }), async (raws) => {
          const root = await work.make();
          await mkdir(join(root, 'below'));
          for (const [index, raw] of raws.entries()) {
            await writeFile(at(root, raw), `top ${index}`).catch(() => undefined);
            await writeFile(at(join(root, 'below'), raw), `below ${index}`);
          }
          const backup = await backUp({ type, root, include: everything });
          const listed = execFileSync('7z', ['t', '-p', backup.path], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
          expect(String(listed)).toContain('Everything is Ok');
          const encodings = [true, false].flatMap((isTop) => raws.filter((raw) => isEncoded(raw, isTop)));
          const { warnings } = (await backup.archive.manifest()).manifest.details as { warnings: { code: string }[] };
          expect(warnings.filter(({ code }) => code.startsWith('NAME_'))).toHaveLength(encodings.length);

          const today = await work.make();
          await restore(backup, today, await work.make());
          await backup.close();
          const contents = execFileSync('find', [today, '-type', 'f', '-exec', 'cat', '{}', ';', '-printf', '\\n']);
          const written = raws.flatMap((_, index) => [`below ${index}`, `top ${index}`]);
          expect(String(contents).split('\n').slice(0, -1).sort()).toEqual(written.sort());
          for (const [index, raw] of raws.entries()) {
            if (!isEncoded(raw, true)) expect(await readFile(at(today, raw), 'utf8')).toBe(`top ${index}`);
            expect(await readFile(at(join(today, 'below'), raw), 'utf8')).toBe(`below ${index}`);
          }
        }),
        { numRuns: 40 },
      );
    },
    120_000,
  );

  it('is encoded where other programs would take it for a way out, and is shown without control characters', async () => {
    const root = await work.make();
    await mkdir(join(root, 'C:'));
    for (const name of ['a\\..\\b', 'a%5C..%5Cb', '\\x', 'C:\\x', 'C:/x', '..a\\b..', '\x1b[2J\\..']) {
      await writeFile(join(root, name), name);
    }
    const source = await createSource({ name: 'x', type: 'nodejs-app', paths: { root }, include: everything }).open();
    const names = [...(await consume(source)).keys()];
    await source.close();
    expect(names.sort()).toEqual(
      ['C%3A', 'C%3A/x', 'C%3A%5Cx', '%5Cx', 'a%5C..%5Cb', 'a%5C..%5Cb%', '..a\\b..', '%1B[2J%5C..'].sort(),
    );
    const { warnings } = source.details();
    expect(warnings.map(({ code }) => code)).toEqual(Array(5).fill('NAME_ENCODED'));
    expect(warnings.map(({ message }) => message).join()).not.toContain('\x1b');
  });

  it('comes back with its bytes, as do those of its folders and of a link, in the project and in a folder of its own', async () => {
    const root = await work.make();
    const folder = at(join(root, 'invoices'), 'caf\xe9');
    await mkdir(folder, { recursive: true });
    const old = new Date('2020-02-02T02:02:02Z');
    await writeFile(Buffer.concat([folder, pathOf('/r\xe9sum\xe9\n.pdf')]), 'mine');
    await symlink(pathOf('r\xe9sum\xe9\n.pdf'), Buffer.concat([folder, pathOf('/latest')]));
    await writeFile(join(root, 'invoices', 'bell\x07'), 'ring');
    await utimes(folder, old, old);
    const before = await snapshot(root, ['', 'invoices']);
    const include = { database: false, config: false, files: ['invoices'] };
    const backup = await backUp({ type: 'laravel-app', root, include });
    for await (const { name } of backup.archive.entries()) expect(name).toMatch(/^[ -~]*$/);
    const zip = 'exit((new ZipArchive)->open($argv[1], ZipArchive::CHECKCONS) === true ? 0 : 1);';
    execFileSync('php', ['-r', zip, backup.path]);
    for (const today of [root, await work.make()]) {
      await restore(backup, today, await work.make());
      expect(withoutKept(await snapshot(today, ['', 'invoices']))).toEqual(before);
    }
    const { details } = backup;
    const to = join(await work.make(), 'to');
    await extractTo(backup.archive, to, {
      details,
      selection: FILES,
      journal: { folder: await work.make(), token: TOKEN },
    });
    expect(await snapshot(join(to, 'files/invoices'))).toEqual(await snapshot(join(root, 'invoices')));
    await backup.close();
    expect(Object.keys(before)).toContain('invoices/caf%E9/r%E9sum%E9%0A.pdf');
  });

  it('may lie so deep, or have such a time, or lead to such a place, that no archive can hold it', async () => {
    const root = await work.make();
    await mkdir(join(root, ...Array<string>(15).fill('d'.repeat(250))), { recursive: true });
    await writeFile(join(root, 'late'), 'late');
    await utimes(join(root, 'late'), 8_700_000_000_000, 8_700_000_000_000);
    await symlink(Buffer.from([0xe9]), join(root, 'link'));
    const backup = await backUp({ type: 'nodejs-app', root, include: everything });
    const { warnings, missing } = (await backup.archive.manifest()).manifest.details as Record<
      'warnings' | 'missing',
      { code: string; path: string }[]
    >;
    expect(warnings.map(({ code }) => code)).toEqual(['NAME_NOT_UTF8']);
    expect(missing).toMatchObject([{ code: 'PATH_TOO_LONG', path: expect.stringMatching(/^(?:d{250}\/){13}d+/) }]);
    const today = await work.make();
    await restore(backup, today, await work.make());
    await backup.close();
    expect(await readFile(join(today, 'late'), 'utf8')).toBe('late');
  });
});
