// A model of the three databases and the steps of each kind of swap, which can stop before any step.
import { nextOfSwap, nextOfUndo, type Exchange, type Present, type SwapRecord } from '../swap-decision.js';

export class Stopped extends Error {}

type Databases = Partial<Record<keyof Present, 'old' | 'new' | 'empty'>>;

export class SwapModel {
  databases: Databases;
  private record: SwapRecord | undefined;
  private left = Infinity;

  constructor(
    private readonly exchange: Exchange,
    hadLive: boolean,
  ) {
    this.databases = { incoming: 'new', ...(hadLive && { live: 'old' }) };
  }

  isBegun = (): boolean => this.record !== undefined;
  isUndoBegun = (): boolean => this.record?.direction === 'undo';

  /** Tries once. @throws Stopped before the step after this many; the refusal as an Error */
  run(what: 'swap' | 'undo', steps = Infinity): void {
    this.left = steps;
    if (what === 'swap') this.swap();
    else this.undo();
  }

  private swap(): void {
    const next = nextOfSwap(this.record, this.present(), this.exchange);
    if (next.do === 'nothing') return;
    if (next.do === 'refuse') throw new Error(next.why);
    if (next.do === 'begin') this.save({ direction: 'swap', hadLive: next.hadLive, phase: 'prepared' });
    const hadLive = this.record?.hadLive === true;
    if (next.do !== 'finish') {
      if (this.exchange === 'by steps') {
        this.make(hadLive ? 'kept' : 'live');
        this.step(() => {
          if (this.databases.incoming === 'empty') return;
          if (hadLive) this.databases.kept = this.databases.live!;
          this.databases.live = this.databases.incoming!;
          this.databases.incoming = 'empty';
        });
        this.save({ direction: 'swap', hadLive, phase: 'moved' });
      } else {
        this.step(() => {
          if (hadLive) this.databases.kept = this.databases.live!;
          this.databases.live = this.databases.incoming!;
          delete this.databases.incoming;
        });
      }
    }
    this.drop('incoming');
    this.save({ direction: 'swap', hadLive, phase: 'done' });
  }

  private undo(): void {
    const next = nextOfUndo(this.record, this.present(), this.exchange);
    if (next.do === 'nothing') return;
    if (next.do === 'refuse') throw new Error(next.why);
    const { hadLive } = next;
    if (!this.isUndoBegun()) this.save({ direction: 'undo', hadLive, phase: 'prepared' });
    if (next.do === 'remove live') this.drop('live');
    if (next.do === 'bring back') this.bringBack();
    this.drop('incoming');
    this.save({ direction: 'undo', hadLive, phase: 'done' });
  }

  private bringBack(): void {
    if (this.exchange === 'at once') {
      this.drop('incoming');
      this.step(() => {
        this.databases = { incoming: this.databases.live!, live: this.databases.kept! };
      });
      return;
    }
    if (this.record?.phase === 'prepared') {
      this.make('incoming');
      this.step(() => {
        if (this.databases.kept === 'empty') return;
        this.databases = { incoming: this.databases.live!, live: this.databases.kept!, kept: 'empty' };
      });
      this.save({ direction: 'undo', hadLive: true, phase: 'moved' });
    }
    this.drop('kept');
  }

  private present(): Present {
    const { live, incoming, kept } = this.databases;
    return { live: live !== undefined, incoming: incoming !== undefined, kept: kept !== undefined };
  }

  private make(name: keyof Present): void {
    this.step(() => (this.databases[name] ??= 'empty'));
  }

  private drop(name: keyof Present): void {
    this.step(() => {
      const { [name]: _, ...others } = this.databases;
      this.databases = others;
    });
  }

  private save(record: SwapRecord): void {
    this.step(() => (this.record = record));
  }

  private step(act: () => unknown): void {
    if (this.left === 0) throw new Stopped();
    this.left -= 1;
    act();
  }
}
