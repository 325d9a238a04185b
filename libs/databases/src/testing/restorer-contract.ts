// What every kind of database must show about restores. Each kind's test file says how to look into such a database.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, DatabaseRestorer, StepWatch } from '../database-kind.js';
import type { DatabaseDetails, DatabaseMissing } from '../database-details.js';
import type { DatabaseProperties } from '../database-properties.js';

export interface RestorerSubject {
  live: string;
  connect(watch?: StepWatch): DatabaseRestorer;
  /** The live database, to dump it. */
  database(): Database;
  /** Creates the live database again, as it was when it was dumped. */
  reset(): Promise<void>;
  /** Changes rows, tables, views and code of the live database. */
  change(): Promise<void>;
  /** The whole content of a database, in words that do not depend on its name; undefined where there is none. */
  content(name: string): Promise<string | undefined>;
  /** What the database is as a whole, in words that do not depend on its name. Differs from what any new database has. */
  identity(name: string): Promise<string>;
  /** Changes what the live database is as a whole. */
  changeIdentity(): Promise<void>;
  /** Of a database that has things which this server does not know, and what is said about them. */
  strange: { properties: (own: DatabaseProperties) => DatabaseProperties; said: RegExp[] };
  /** Drops it, whatever its state. */
  remove(name: string): Promise<void>;
  /** Removes a table, the rows of another and a trigger. @returns what `compare` must say */
  damage(name: string): Promise<string[]>;
  /** A failing statement for the dump. */
  nonsense: string;
  /** Statements that would reach another database. */
  unsafe: string[];
}

export interface Dump {
  bytes: Buffer;
  details: DatabaseDetails;
  missing: DatabaseMissing[];
}

export async function dumpOf(database: Database): Promise<Dump> {
  const chunks: Uint8Array[] = [];
  const missing: DatabaseMissing[] = [];
  const dump = database.dump(await database.inspect(), undefined, (part) => missing.push(part));
  let next = await dump.next();
  for (; !next.done; next = await dump.next()) chunks.push(next.value);
  return { bytes: Buffer.concat(chunks), details: next.value, missing };
}

/** A dump as it comes out of an archive: in pieces that end anywhere. */
// eslint-disable-next-line @typescript-eslint/require-await
export async function* inPieces(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

class Stopped extends Error {}

/** Lets so many steps pass, and stops before the next. */
export const stopAfter = (steps: number): StepWatch => {
  let left = steps;
  return () => {
    if (left === 0) throw new Stopped();
    left -= 1;
  };
};

export function restorerContract(
  kind: string,
  start: () => Promise<RestorerSubject & { stop(): Promise<void> }>,
): void {
  describe(`restoring ${kind}`, () => {
    let subject: RestorerSubject & { stop(): Promise<void> };
    let folder: string;
    let restorer: DatabaseRestorer;
    let dump: Dump;
    let backedUp: string | undefined;
    let number = 0;
    let options: { live: string; incoming: string; kept: string; workFolder: string };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'havun-restorer-'));
      subject = await start();
      await subject.reset();
      restorer = subject.connect();
      dump = await dumpOf(subject.database());
      backedUp = await subject.content(subject.live);
    }, 120_000);
    afterAll(async () => {
      await subject.stop();
      await rm(folder, { recursive: true, force: true });
    }, 60_000);
    beforeEach(() => {
      fresh();
    });

    /** Another restore: new names, new folder. */
    const fresh = () => {
      number += 1;
      const { live } = subject;
      options = { live, ...restorer.names(live, `2025112203${number}`), workFolder: join(folder, String(number)) };
    };
    const bringIn = () =>
      restorer.import(inPieces(dump.bytes), { into: options.incoming, details: dump.details, like: subject.live });
    const gone = async (...names: string[]) => {
      for (const name of names) expect([name, await restorer.inventory(name)]).toEqual([name, undefined]);
    };
    const swapped = async (before: string | undefined) => {
      expect(await subject.content(options.live)).toBe(backedUp);
      expect(await subject.content(options.kept)).toBe(before);
      await gone(options.incoming);
      expect(await restorer.compare(options.live, dump.details)).toEqual([]);
    };
    const takenBack = async (before: string | undefined) => {
      expect(await subject.content(options.live)).toBe(before);
      await gone(options.incoming, options.kept);
    };
    /** Repeats it, each time one step further, as if killed before each step. @returns the number of tries. */
    const againAndAgain = async (what: 'swap' | 'undo'): Promise<number> => {
      for (let steps = 0; ; steps += 1) {
        try {
          await subject.connect(stopAfter(steps))[what](options);
          return steps + 1;
        } catch (error) {
          if (!(error instanceof Stopped)) throw error;
        }
      }
    };
    /** Swaps to the end. @returns the numbers of steps to stop at: before the first and the last step of each kind. */
    const stopsOfSwap = async (): Promise<number[]> => {
      const kinds: string[] = [];
      await subject.connect((step) => void kinds.push(step.split(' ')[0] ?? '')).swap(options);
      return kinds.map((_, at) => at).filter((at) => kinds[at] !== kinds[at - 1] || kinds[at] !== kinds[at + 1]);
    };
    /** For each stop: swaps, is killed there, and undoes. */
    const undoneFrom = async (stops: number[], before: string | undefined) => {
      for (const steps of stops) {
        fresh();
        await bringIn();
        await expect(subject.connect(stopAfter(steps)).swap(options)).rejects.toThrow(Stopped);
        await restorer.undo(options);
        await restorer.drop(options.incoming);
        await takenBack(before);
      }
    };

    it('imports a dump so that all that was dumped is there, and counts it', async () => {
      expect(await restorer.check(dump.details, subject.live)).toEqual([]);
      const taken: number[] = [];
      await restorer.import(inPieces(dump.bytes), {
        into: options.incoming,
        details: dump.details,
        onProgress: (bytes) => taken.push(bytes),
      });
      expect(await subject.content(options.incoming)).toBe(backedUp);
      expect(await restorer.compare(options.incoming, dump.details)).toEqual([]);
      expect(taken.length).toBeGreaterThan(1);
      const { tables, ...counts } = (await restorer.inventory(options.incoming))!;
      const { views, routines, triggers, events } = dump.details;
      expect(counts).toEqual({ views, routines, triggers, events });
      expect(Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))).toEqual(
        Object.fromEntries(dump.details.tables.map(({ name, rows }) => [name, rows])),
      );
      await restorer.drop(options.incoming);
      await gone(options.incoming);
    }, 60_000);

    it('tells the tables of a database without counting, none of what is not there, and where new data goes', async () => {
      await subject.reset();
      const tables = await restorer.tables(subject.live);
      expect(tables?.toSorted()).toEqual(dump.details.tables.map(({ name }) => name).sort());
      expect(await restorer.tables(options.incoming)).toBeUndefined();
      const data = await restorer.dataFolder(subject.live);
      expect((await stat(data ?? 'unknown')).isDirectory()).toBe(true);
    });

    it('finds a table, rows and a trigger that are missing', async () => {
      await bringIn();
      const expected = await subject.damage(options.incoming);
      expect(await restorer.compare(options.incoming, dump.details)).toEqual(expected);
      await restorer.drop(options.incoming);
      expect(await restorer.compare(options.incoming, dump.details)).toEqual(['There is no such database.']);
    }, 60_000);

    it('leaves nothing of an import that fails, wherever it does', async () => {
      const middle = dump.bytes.indexOf('\n\n', dump.bytes.length / 2) + 1;
      const insert = (statement: string) =>
        Buffer.concat([dump.bytes.subarray(0, middle), Buffer.from(`${statement}\n`), dump.bytes.subarray(middle)]);
      const attempt = (bytes: Buffer | AsyncIterable<Uint8Array>, signal?: AbortSignal) =>
        restorer
          .import(Buffer.isBuffer(bytes) ? inPieces(bytes) : bytes, {
            into: options.incoming,
            details: dump.details,
            signal,
          })
          .then(
            () => 'success',
            (error: unknown) => error,
          );
      const abort = new AbortController();
      async function* broken(stop: () => void) {
        yield dump.bytes.subarray(0, middle);
        stop();
        yield* inPieces(dump.bytes.subarray(middle));
      }
      const outcomes: [string, unknown][] = [
        ['IMPORT_FAILED', await attempt(insert(subject.nonsense))],
        ['DUMP_INCOMPLETE', await attempt(dump.bytes.subarray(0, middle))],
        ['DUMP_INCOMPLETE', await attempt(dump.bytes.subarray(0, -200))],
      ];
      for (const statement of subject.unsafe) {
        outcomes.push(['DUMP_UNSAFE', await attempt(insert(statement))]);
      }
      for (const [code, outcome] of outcomes) {
        expect(outcome).toMatchObject({ name: 'DatabaseError', code, remedy: expect.stringMatching(/./) as unknown });
      }
      const lost = new Error('the archive cannot be read');
      expect(
        await attempt(
          broken(() => {
            throw lost;
          }),
        ),
      ).toBe(lost);
      const stopped = new Error('stopped by a person');
      expect(
        await attempt(
          broken(() => {
            abort.abort(stopped);
          }),
          abort.signal,
        ),
      ).toBe(stopped);
      await gone(options.incoming);
      expect(await subject.content(subject.live)).toBe(backedUp);
    }, 60_000);

    it('makes an import anew over what a killed one has left', async () => {
      await bringIn();
      await subject.damage(options.incoming);
      await bringIn();
      expect(await restorer.compare(options.incoming, dump.details)).toEqual([]);
      await restorer.drop(options.incoming);
    }, 60_000);

    it('swaps and undoes, each of them once however often it is asked', async () => {
      await subject.change();
      const before = await subject.content(subject.live);
      expect(before).not.toBe(backedUp);
      await bringIn();
      await restorer.swap(options);
      await swapped(before);
      await restorer.swap(options);
      await swapped(before);
      await restorer.undo(options);
      await takenBack(before);
      await restorer.undo(options);
      await takenBack(before);
      await expect(restorer.swap(options)).rejects.toMatchObject({ code: 'UNDO_BEGUN' });
      await subject.reset();
    }, 60_000);

    it('confirms by dropping what was kept, and cannot undo after that', async () => {
      await bringIn();
      await restorer.swap(options);
      await restorer.drop(options.kept);
      await restorer.drop(options.kept);
      await expect(restorer.undo(options)).rejects.toMatchObject({ code: 'KEPT_MISSING' });
      expect(await subject.content(subject.live)).toBe(backedUp);
    }, 60_000);

    it('undoes even where the work folder was lost', async () => {
      await subject.change();
      const before = await subject.content(subject.live);
      await bringIn();
      await restorer.swap(options);
      options = { ...options, workFolder: `${options.workFolder}-other` };
      await restorer.undo(options);
      await takenBack(before);
      await subject.reset();
    }, 60_000);

    it('refuses to swap what was not imported', async () => {
      await expect(restorer.swap(options)).rejects.toMatchObject({ code: 'INCOMING_MISSING' });
      await expect(restorer.undo(options)).rejects.toMatchObject({ code: 'KEPT_MISSING' });
      expect(await subject.content(subject.live)).toBe(backedUp);
    });

    it('completes a swap that was killed before every one of its steps, and an undoing likewise', async () => {
      await subject.change();
      const before = await subject.content(subject.live);
      await bringIn();
      expect(await againAndAgain('swap')).toBeGreaterThan(3);
      await swapped(before);
      expect(await againAndAgain('undo')).toBeGreaterThan(3);
      await takenBack(before);
      await subject.reset();
    }, 240_000);

    it('takes back a swap that was killed before any of its steps', async () => {
      await subject.change();
      const before = await subject.content(subject.live);
      await bringIn();
      const stops = await stopsOfSwap();
      expect(stops.length).toBeGreaterThan(2);
      await restorer.undo(options);
      await undoneFrom(stops, before);
      await subject.reset();
    }, 240_000);

    it('restores where there was no live database, and undoes it to nothing', async () => {
      await subject.remove(subject.live);
      await bringIn();
      await againAndAgain('swap');
      await swapped(undefined);
      await againAndAgain('undo');
      await takenBack(undefined);
      fresh();
      await bringIn();
      const stops = await stopsOfSwap();
      await swapped(undefined);
      await restorer.undo(options);
      await takenBack(undefined);
      await undoneFrom(stops, undefined);
      await subject.reset();
    }, 240_000);

    it('makes a database that is gone as it was, and takes that back', async () => {
      await subject.reset();
      const before = await subject.identity(subject.live);
      await subject.remove(subject.live);
      expect(await restorer.check(dump.details, subject.live)).toEqual([]);
      expect(await restorer.deviations(dump.details)).toEqual([]);
      await restorer.import(inPieces(dump.bytes), {
        into: options.incoming,
        details: dump.details,
        like: subject.live,
      });
      expect(await subject.identity(options.incoming)).toBe(before);
      expect(await restorer.compare(options.incoming, dump.details, { like: subject.live })).toEqual([]);
      await againAndAgain('swap');
      expect(await subject.identity(subject.live)).toBe(before);
      await swapped(undefined);
      await restorer.undo(options);
      await takenBack(undefined);
      await subject.reset();
    }, 120_000);

    it('gives a live database back what it was as a whole, and with an undo what it was since', async () => {
      await subject.reset();
      const backedUpAs = await subject.identity(subject.live);
      await subject.changeIdentity();
      const since = await subject.identity(subject.live);
      expect(since).not.toBe(backedUpAs);
      await bringIn();
      expect(await restorer.compare(options.incoming, dump.details, { like: subject.live })).toEqual([]);
      await againAndAgain('swap');
      expect(await subject.identity(subject.live)).toBe(backedUpAs);
      expect(await subject.identity(options.kept)).toBe(since);
      await againAndAgain('undo');
      expect(await subject.identity(subject.live)).toBe(since);
      await subject.reset();
    }, 240_000);

    it('finds that a database is not as a whole what was backed up', async () => {
      await subject.changeIdentity();
      expect((await restorer.compare(subject.live, dump.details)).join(' ')).toMatch(/of the database/);
      await subject.reset();
      expect(await restorer.compare(subject.live, dump.details)).toEqual([]);
    }, 60_000);

    it('names what this server can not give a database, and makes what it has named instead', async () => {
      await subject.remove(subject.live);
      const own = dump.details.properties;
      if (!own) throw new Error('nothing was recorded');
      const details = { ...dump.details, properties: subject.strange.properties(own) };
      const deviations = await restorer.deviations(details);
      expect(deviations).toEqual(subject.strange.said.map((said) => expect.stringMatching(said) as unknown));
      await restorer.import(inPieces(dump.bytes), { into: options.incoming, details });
      expect(await restorer.compare(options.incoming, details)).toEqual([]);
      await restorer.drop(options.incoming);
      await subject.reset();
    }, 60_000);

    it('restores a backup that is older than the record as before: like the live database', async () => {
      const { properties: _, ...details } = dump.details;
      await restorer.import(inPieces(dump.bytes), { into: options.incoming, details, like: subject.live });
      expect(await restorer.compare(options.incoming, details)).toEqual([]);
      expect(await subject.content(options.incoming)).toBe(backedUp);
      await subject.remove(subject.live);
      expect(await restorer.deviations(details)).toEqual([expect.stringContaining('older than the record')]);
      await restorer.import(inPieces(dump.bytes), { into: options.incoming, details });
      expect(await restorer.compare(options.incoming, details)).toEqual([]);
      await restorer.drop(options.incoming);
      await subject.reset();
    }, 60_000);

    it('drops only what has a name of its own', async () => {
      await expect(restorer.drop(subject.live)).rejects.toMatchObject({ code: 'NAME_NOT_OURS' });
      await expect(restorer.drop(`${subject.live}_havun_incoming_1_x`)).rejects.toMatchObject({
        code: 'NAME_NOT_OURS',
      });
      expect(await subject.content(subject.live)).toBe(backedUp);
    });

    it('takes no dump of another kind', async () => {
      const other = dump.details.kind === 'sqlite' ? 'postgresql' : 'sqlite';
      expect(await restorer.check({ ...dump.details, kind: other }, subject.live)).toEqual([
        expect.objectContaining({ code: 'OTHER_KIND' }),
      ]);
    });
  });
}
