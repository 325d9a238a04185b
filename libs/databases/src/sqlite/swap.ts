// A link and a rename swap the files, so that there is a live database at every moment: an application that finds none would
// create an empty one. Files that SQLite left beside a damaged or missing one go along with it: beside another file they would
// corrupt that. While `kept` is only a second name of the live file, it does not count as present.
import { link, lstat, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StepWatch, SwapOptions } from '../database-kind.js';
import { DatabaseError } from '../errors.js';
import { nextOfSwap, nextOfUndo, type Present } from '../swap-decision.js';
import { refusal, swapFailed } from '../swap-errors.js';
import { recordOf, swapFile, type SwapState } from '../swap-file.js';
import { syncFolder } from '../work-folder.js';
import { fileState, isFile } from './contents.js';
import { journalMode } from './properties.js';
import { makeQuiet, requireUnused, setJournalMode } from './quiet.js';
import { pathOf, queryRows, removeFile, SIDECARS, sidecars, type SqliteLocation } from './shell.js';

export class SqliteSwap {
  private readonly file: ReturnType<typeof swapFile>;
  private readonly path: { live: string; incoming: string; kept: string };

  constructor(
    private readonly location: SqliteLocation,
    private readonly options: SwapOptions,
    private readonly watch: StepWatch | undefined,
  ) {
    this.file = swapFile(options);
    const { live, incoming, kept } = options;
    this.path = { live: pathOf(location, live), incoming: pathOf(location, incoming), kept: pathOf(location, kept) };
  }

  async swap(): Promise<void> {
    let state = await this.file.read();
    const next = nextOfSwap(recordOf(state), await this.present(), 'at once');
    if (next.do === 'nothing') return;
    if (next.do === 'refuse') throw refusal(next.why, this.options);
    if (next.do === 'begin') {
      state = await this.begin(next.hadLive, state);
      if (next.hadLive) await this.keep();
      await this.settle();
      await this.moveBeside(this.path.live, this.path.kept);
      await this.step('replace the live file', () => rename(this.path.incoming, this.path.live));
    }
    await this.save({ hadLive: false, ...state, direction: 'swap', done: true });
  }

  async undo(): Promise<void> {
    const { live, incoming, signal } = this.options;
    if (await this.isLinked()) {
      await this.moveBeside(this.path.kept, this.path.live);
      await this.step('remove the link', () => rm(this.path.kept));
    }
    const known = await this.file.read();
    const next = nextOfUndo(recordOf(known), await this.present(), 'at once');
    if (next.do === 'nothing') return;
    if (next.do === 'refuse') throw refusal(next.why, this.options);
    const journal = known ? known.journal : await journalMode(this.location, live, signal);
    const state = await this.save({ direction: 'undo', hadLive: next.hadLive, journal, done: false });
    if (next.do === 'remove live') await this.step('remove the live file', () => this.remove(live));
    if (next.do === 'bring back') await this.bringBack();
    await this.moveBeside(this.path.kept, this.path.live);
    if (next.hadLive) await setJournalMode(this.location, live, journal, signal);
    await this.step('remove the incoming file', () => this.remove(incoming));
    await this.save({ ...state, done: true });
  }

  /** A stopped swap may have changed the journal mode already, so the recorded one is used. */
  private async begin(hadLive: boolean, known: SwapState | undefined): Promise<SwapState> {
    if (hadLive && (await lstat(this.path.live)).isSymbolicLink())
      throw swapFailed(this.options.live, 'is a symbolic link; name the file itself');
    const { live, signal } = this.options;
    const journal = hadLive ? (known?.journal ?? (await journalMode(this.location, live, signal))) : undefined;
    return this.save({ direction: 'swap', hadLive, journal, done: false });
  }

  /** Gives the live file its second name. */
  private async keep(): Promise<void> {
    await this.step('quiet', () => this.quiet());
    if (!(await this.isLinked())) await this.step('keep the live file', () => link(this.path.live, this.path.kept));
    await this.step('quiet again', () => this.quiet());
  }

  /** Brings the live database into its one file. One that is damaged is left as it is. @throws DatabaseError DATABASE_IN_USE */
  private async quiet(): Promise<void> {
    const { live, signal } = this.options;
    if ((await fileState(this.location, live)) !== 'database') return requireUnused(this.path.live, signal);
    await makeQuiet(this.location, live, signal).catch(async (error: unknown) => {
      if (!(error instanceof DatabaseError) || error.code !== 'DATABASE_DAMAGED') throw error;
      await requireUnused(this.path.live, signal);
    });
  }

  /** Readers in WAL mode leave files beside the incoming one; the last writer takes them away. */
  private async settle(): Promise<void> {
    const { incoming, signal } = this.options;
    if ((await this.besides(this.path.incoming)).length === 0) return;
    await queryRows(this.location, incoming, 'PRAGMA wal_checkpoint(TRUNCATE);', [], signal);
    const [left] = await this.besides(this.path.incoming);
    if (left !== undefined) throw swapFailed(incoming, `still has ${this.path.incoming}${left} beside it`);
  }

  /** The suffixes of the files that SQLite has left beside one. */
  private async besides(path: string): Promise<string[]> {
    const found = await Promise.all(sidecars(path).map((file) => lstat(file).catch(() => undefined)));
    return SIDECARS.filter((_, at) => found[at] !== undefined);
  }

  private async moveBeside(from: string, to: string): Promise<void> {
    for (const suffix of await this.besides(from)) {
      await this.step('move what is beside it', () => rename(from + suffix, to + suffix));
    }
  }

  private async bringBack(): Promise<void> {
    const { live } = this.options;
    if (await this.isThere(live)) await this.quiet();
    for (const suffix of await this.besides(this.path.live)) await rm(this.path.live + suffix);
    await this.step('bring back the kept file', () => rename(this.path.kept, this.path.live));
  }

  private async present(): Promise<Present> {
    const { live, incoming, kept } = this.options;
    return {
      live: await this.isThere(live),
      incoming: await this.isThere(incoming),
      kept: (await this.isThere(kept)) && !(await this.isLinked()),
    };
  }

  private async isLinked(): Promise<boolean> {
    const { live, kept } = this.options;
    if (!(await this.isThere(live)) || !(await this.isThere(kept))) return false;
    const [one, other] = [await stat(this.path.live), await stat(this.path.kept)];
    return one.ino === other.ino && one.dev === other.dev;
  }

  private remove = (name: string): Promise<void> => removeFile(pathOf(this.location, name));
  private isThere = (name: string): Promise<boolean> => isFile(this.location, name);

  private async step(what: string, act: () => Promise<void>): Promise<void> {
    this.options.signal?.throwIfAborted();
    await this.watch?.(what);
    await act();
    await syncFolder(dirname(this.path.live));
  }

  private async save(state: SwapState): Promise<SwapState> {
    await this.watch?.(`${state.direction} ${state.done ? 'is done' : 'begins'}`);
    return this.file.write(state);
  }
}
