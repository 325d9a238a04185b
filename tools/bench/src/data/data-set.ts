import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { invoice, photo, sourceFile, tinyFile } from './documents.js';
import { Random } from './random.js';
import { sqlDump } from './sql.js';

export const mebibyte = 1024 * 1024;
/** Raised when the same seed would give other data, so that cached data are made again. */
const generation = '1';

export interface DataCache {
  readonly seed: string;
  readonly scale: number;
  /** The folder of the sets: inside the system's temporary folder by default. */
  readonly folder?: string;
}

export const cacheFolder = ({ seed, scale, folder = tmpdir() }: DataCache): string =>
  join(folder, `havun-bench-${seed}-${scale}`);

/** One file of a set: its path, with `/`, and its content in pieces. */
export type DataFile = readonly [path: string, content: () => Iterable<Buffer>];

const scaled = (count: number, { scale }: DataCache): number => Math.max(1, Math.round(count * scale));

/** The data of a web application: at scale 1, 300 MB of SQL, 150 photos of 2 MB, 2,000 invoices of 45 kB and 500 source files. */
export function* mixedSet(cache: DataCache): Generator<DataFile, void> {
  const random = (path: string): Random => new Random(`${cache.seed}/${path}`);
  const numbered = function* (count: number, name: (index: number) => string, make: (random: Random) => Buffer) {
    for (let index = 0; index < scaled(count, cache); index++) {
      const path = name(index);
      yield [path, () => [make(random(path))]] as const;
    }
  };
  yield ['database.sql', () => sqlDump(random('database.sql'), scaled(300 * mebibyte, cache))];
  yield* numbered(
    150,
    (index) => `photos/IMG_${index}.jpg`,
    (of) => photo(of, 2 * mebibyte),
  );
  yield* numbered(
    2000,
    (index) => `invoices/${2018 + (index % 8)}/invoice-${index}.pdf`,
    (of) => invoice(of, 45_000),
  );
  yield* numbered(
    500,
    (index) => `src/module${index % 25}/Controller${index}.php`,
    (of) => sourceFile(of, of.between(2000, 32_000)),
  );
}

/** `count` files of 220 bytes, 500 to a folder. */
export function* tinySet({ seed }: DataCache, count: number): Generator<DataFile, void> {
  const random = new Random(`${seed}/tiny`);
  for (let index = 0; index < count; index++) {
    yield [`cache/${Math.floor(index / 500)}/${index}.json`, () => [tinyFile(random)]];
  }
}

/** `count` files of 220 bytes in one folder. */
export function* crowdedSet({ seed }: DataCache, count: number): Generator<DataFile, void> {
  const random = new Random(`${seed}/crowded`);
  for (let index = 0; index < count; index++) yield [`cache/${index}.json`, () => [tinyFile(random)]];
}

/** `bytes` in `files` files: a quarter is SQL text and the rest is noise, a mebibyte of each in turn. */
export function* bulkSet({ seed }: DataCache, bytes: number, files: number): Generator<DataFile, void> {
  const text = Buffer.concat([...sqlDump(new Random(`${seed}/bulk-text`), 8 * mebibyte)]);
  for (let index = 0; index < files; index++) {
    const random = new Random(`${seed}/bulk/${index}`);
    const blocks = Math.ceil(bytes / files / mebibyte);
    yield [
      `bulk-${index}.bin`,
      function* () {
        for (let block = 0; block < blocks; block++) {
          const at = ((block / 4) % 8) * mebibyte;
          yield block % 4 === 0 ? text.subarray(at, at + mebibyte) : random.noise(mebibyte);
        }
      },
    ];
  }
}

/** The folder with the set: made the first time, and reused afterwards. An incomplete set is made again. */
export async function provide(cache: DataCache, name: string, files: Iterable<DataFile>): Promise<string> {
  const folder = join(cacheFolder(cache), name);
  const marker = `${folder}.complete`;
  if (existsSync(marker) && (await readFile(marker, 'utf8')) === generation) return folder;
  await rm(marker, { force: true });
  await rm(folder, { recursive: true, force: true });
  for (const file of files) await write(folder, file);
  await writeFile(marker, generation);
  return folder;
}

async function write(folder: string, [path, content]: DataFile): Promise<void> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  const file = await open(target, 'wx');
  try {
    for (const piece of content()) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

/** Reads every file once, so that the first contender finds them in the page cache, as the others do. */
export async function warm(folder: string): Promise<void> {
  for (const { parentPath, name } of (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )) {
    const file = await open(join(parentPath, name));
    for await (const _ of file.createReadStream({ highWaterMark: mebibyte }));
  }
}
