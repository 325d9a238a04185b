// One transaction renames both databases. The new one already has what belongs to a database as a whole.
import type { StepWatch, SwapOptions } from '../database-kind.js';
import { nextOfSwap, nextOfUndo, type Present } from '../swap-decision.js';
import { refusal } from '../swap-errors.js';
import { recordOf, swapFile, type SwapState } from '../swap-file.js';
import type { PostgresqlLocation } from './client.js';
import { exists, quoted } from './contents.js';
import { alone, dropDatabase, execute, opened } from './server-databases.js';

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
    const { live, kept } = this.options;
    let state = await this.file.read();
    const next = nextOfSwap(recordOf(state), await this.present(), 'at once');
    if (next.do === 'nothing') return;
    if (next.do === 'refuse') throw refusal(next.why, this.options);
    if (next.do === 'begin') {
      state = await this.save({ direction: 'swap', hadLive: next.hadLive, done: false });
      await this.exchange(next.hadLive);
    }
    const hadLive = state?.hadLive ?? false;
    await this.open(live, ...(hadLive ? [kept] : []));
    await this.save({ direction: 'swap', hadLive, done: true });
  }

  async undo(): Promise<void> {
    const { live, incoming } = this.options;
    const next = nextOfUndo(recordOf(await this.file.read()), await this.present(), 'at once');
    if (next.do === 'nothing') return;
    if (next.do === 'refuse') throw refusal(next.why, this.options);
    const state = await this.save({ direction: 'undo', hadLive: next.hadLive, done: false });
    if (next.do === 'remove live') await this.drop(live);
    if (next.do === 'bring back') await this.bringBack();
    if (next.hadLive) await this.open(live);
    await this.drop(incoming);
    await this.save({ ...state, done: true });
  }

  private async exchange(hadLive: boolean): Promise<void> {
    const { live, incoming, kept } = this.options;
    await this.rename([...(hadLive ? [[live, kept] as const] : []), [incoming, live]]);
  }

  private async bringBack(): Promise<void> {
    const { live, incoming, kept } = this.options;
    await this.drop(incoming);
    const isThere = (await this.present()).live;
    await this.rename([...(isThere ? [[live, incoming] as const] : []), [kept, live]]);
  }

  private async rename(moves: readonly (readonly [string, string])[]): Promise<void> {
    const renames = moves.map(([from, to]) => `ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)};`);
    const from = moves.map(([name]) => name);
    await this.watch?.(`rename ${from.join(', ')}`);
    await alone(this.location, from, ['BEGIN;', ...renames, 'COMMIT;'], this.options.signal).catch(
      async (error: unknown) => {
        // A live database that could not be renamed must accept connections again.
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

  private async present(): Promise<Present> {
    const { live, incoming, kept, signal } = this.options;
    const isThere = (name: string) => exists(this.location, name, signal);
    return { live: await isThere(live), incoming: await isThere(incoming), kept: await isThere(kept) };
  }
}
