// Two databases change their names in one transaction. What belongs to a database as a whole is given to the new one before,
// so every step is decided by which of the three names are there.
import type { StepWatch, SwapOptions } from '../database-kind.js';
import { incomingMissing, keptMissing, swapFailed, undoBegun } from '../swap-errors.js';
import { swapFile, type SwapState } from '../swap-file.js';
import type { PostgresqlLocation } from './client.js';
import { exists, quoted } from './contents.js';
import { alone, databaseRow, dropDatabase, execute, likeModel, opened } from './server-databases.js';

export class PostgresqlSwap {
  private readonly file: ReturnType<typeof swapFile>;

  constructor(
    private readonly location: PostgresqlLocation,
    private readonly options: SwapOptions,
    private readonly watch: StepWatch | undefined,
  ) {
    this.file = swapFile(options);
  }

  async swap(): Promise<void> {
    const { live, incoming, kept } = this.options;
    let state = await this.file.read();
    if (state?.direction === 'undo') throw undoBegun(live);
    if (state?.done) return;
    state ??= await this.begin();
    if (await this.isThere(incoming)) {
      if (state.hadLive) await this.adopt();
      await this.rename(
        state.hadLive
          ? [
              [live, kept],
              [incoming, live],
            ]
          : [[incoming, live]],
      );
    }
    await this.open(live, ...(state.hadLive ? [kept] : []));
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
    state = await this.save({ direction: 'undo', hadLive: state?.hadLive ?? true, done: false });
    if (!state.hadLive) await this.drop(live);
    else if (isKept) {
      await this.drop(incoming);
      const moves: [string, string][] = (await this.isThere(live))
        ? [
            [live, incoming],
            [kept, live],
          ]
        : [[kept, live]];
      await this.rename(moves);
    }
    if (state.hadLive) await this.open(live);
    await this.drop(incoming);
    await this.save({ ...state, done: true });
  }

  private async begin(): Promise<SwapState> {
    const { live, incoming, kept } = this.options;
    if (!(await this.isThere(incoming))) throw incomingMissing(incoming);
    if (await this.isThere(kept)) throw swapFailed(kept, 'exists already, and this restore did not make it');
    return this.save({ direction: 'swap', hadLive: await this.isThere(live), done: false });
  }

  /** The database that comes in gets what the live one has as a whole. */
  private async adopt(): Promise<void> {
    const { live, incoming, signal } = this.options;
    const model = await databaseRow(this.location, live, signal);
    if (!model) throw swapFailed(live, 'was there when the swap began, and is not there now');
    for (const statement of await likeModel(this.location, incoming, model, signal)) await this.step(statement);
  }

  private async rename(moves: [string, string][]): Promise<void> {
    const renames = moves.map(([from, to]) => `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)};`);
    const from = moves.map(([name]) => name);
    await this.watch?.(`rename ${from.join(', ')}`);
    await alone(this.location, from, ['BEGIN;', ...renames, 'COMMIT;'], this.options.signal).catch(
      async (error: unknown) => {
        // A live database that could not be moved must not stay closed.
        await execute(this.location, from.map(opened));
        throw error;
      },
    );
  }

  private async open(...names: string[]): Promise<void> {
    for (const name of names) await this.step(opened(name));
  }

  private async step(statement: string): Promise<void> {
    await this.watch?.(statement);
    await execute(this.location, [statement], this.options.signal);
  }

  private async drop(name: string): Promise<void> {
    await this.watch?.(`drop ${name}`);
    await dropDatabase(this.location, name, this.options.signal);
  }

  private async save(state: SwapState): Promise<SwapState> {
    await this.watch?.(`${state.direction} ${state.done ? 'is done' : 'begins'}`);
    return this.file.write(state);
  }

  private readonly isThere = (name: string): Promise<boolean> => exists(this.location, name, this.options.signal);
}
