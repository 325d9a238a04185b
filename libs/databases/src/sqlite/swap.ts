// Files change places by a link and a rename, so that there is a live database at every moment: an application that finds none
// would make an empty one. Every step is decided by which of the three files are there.
import { link, lstat, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StepWatch, SwapOptions } from '../database-kind.js';
import { incomingMissing, keptMissing, swapFailed, undoBegun } from '../swap-errors.js';
import { swapFile, type SwapState } from '../swap-file.js';
import { syncFolder } from '../work-folder.js';
import { isFile } from './contents.js';
import { likeFile } from './import.js';
import { makeQuiet, setJournalMode } from './quiet.js';
import { pathOf, queryRows, removeFile, type SqliteLocation } from './shell.js';

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
    const { live, incoming } = this.options;
    let state = await this.file.read();
    if (state?.direction === 'undo') throw undoBegun(live);
    if (state?.done) return;
    state ??= await this.begin();
    if (await this.isThere(incoming)) {
      if (state.hadLive) await this.keep(state.journal);
      await this.step('replace the live file', () => rename(this.path.incoming, this.path.live));
    }
    await this.save({ ...state, done: true });
  }

  async undo(): Promise<void> {
    const { live, incoming, kept } = this.options;
    let state = await this.file.read();
    if (state?.direction === 'undo' && state.done) return;
    const isKept = await this.isThere(kept);
    if (!isKept && (state ? state.direction === 'swap' && state.done && state.hadLive : true)) {
      if (!state && (await this.isThere(incoming))) return;
      throw keptMissing(kept, live);
    }
    const journal = state ? state.journal : await this.journalMode();
    state = await this.save({ direction: 'undo', hadLive: state?.hadLive ?? true, journal, done: false });
    if (!state.hadLive) await this.step('remove the live file', () => this.remove(live));
    else if (isKept) await this.bringBack();
    if (state.hadLive) await setJournalMode(this.location, live, state.journal, this.options.signal);
    await this.step('remove the incoming file', () => this.remove(incoming));
    await this.save({ ...state, done: true });
  }

  private async begin(): Promise<SwapState> {
    const { live, incoming, kept } = this.options;
    if (!(await this.isThere(incoming))) throw incomingMissing(incoming);
    if (await this.isThere(kept)) throw swapFailed(kept, 'exists already, and this restore did not make it');
    const hadLive = await this.isThere(live);
    if (hadLive && (await lstat(this.path.live)).isSymbolicLink())
      throw swapFailed(live, 'is a symbolic link; name the file itself');
    return this.save({
      direction: 'swap',
      hadLive,
      journal: hadLive ? await this.journalMode() : undefined,
      done: false,
    });
  }

  /** The live file gets its second name; what comes in gets its owner, mode and kind of journal. */
  private async keep(journal: string | undefined): Promise<void> {
    const { live, incoming, kept, signal } = this.options;
    await this.step('quiet', () => makeQuiet(this.location, live, signal));
    await likeFile(this.path.incoming, this.path.live);
    await setJournalMode(this.location, incoming, journal, signal);
    if (!(await this.isThere(kept))) await this.step('keep the live file', () => link(this.path.live, this.path.kept));
    await this.step('quiet again', () => makeQuiet(this.location, live, signal));
  }

  private async bringBack(): Promise<void> {
    const { live, signal } = this.options;
    const { live: path, kept } = this.path;
    const isThere = await this.isThere(live);
    // A link that is not yet a swap: renaming one name of a file to its other one does nothing.
    if (isThere && (await stat(path)).ino === (await stat(kept)).ino) {
      await this.step('remove the link', () => rm(kept));
      return;
    }
    if (isThere) await makeQuiet(this.location, live, signal);
    await this.step('bring back the kept file', () => rename(kept, path));
  }

  private async journalMode(): Promise<string | undefined> {
    const { live, signal } = this.options;
    if (!(await this.isThere(live))) return undefined;
    return (await queryRows(this.location, live, 'PRAGMA journal_mode;', [], signal))[0]?.[0];
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
