import { setMaxListeners } from 'node:events';
import { StorageError } from '../error.js';
import type { Connection } from './connection.js';
import type { HostSlots, Slot } from './host-slots.js';

/** How long an unused connection is kept for the next call. Shorter than the usual limits of firewalls and servers. */
const idleMs = 10_000;
/** How long a connection is used here before another waiting process gets its turn. */
const turnMs = 1_000;
/** The delay before a wait is reported. */
const tellMs = 5_000;

/** One user of a pool: a storage of one service, or of a command. */
export interface PoolMember {
  /** A word for people: which service or command. */
  readonly holder: string;
  /** Services leave one connection free for the commands of a person, who waits at a terminal. */
  readonly use: 'service' | 'command';
  /** How long a call waits for a connection before it fails with `BUSY`. */
  readonly patienceMs: number;
  /** Told what a call waits for, once per longer wait. */
  readonly onWait?: ((message: string) => void) | undefined;
}

export interface PoolSettings {
  /** The server and user, for messages. */
  readonly where: string;
  /** How many connections the server allows. */
  readonly max: number;
  readonly connect: (signal: AbortSignal | undefined) => Promise<Connection>;
  /** What the processes of this machine share; without it, this process counts only its own connections. */
  readonly slots?: HostSlots | undefined;
}

interface Held {
  readonly connection: Connection;
  readonly slot: Slot | undefined;
}

interface Wait {
  readonly signal: AbortSignal;
  end(): void;
}

interface Waiter {
  readonly member: PoolMember;
  readonly admit: () => void;
}

interface Seeker {
  readonly member: PoolMember;
  readonly hand: (held: Held) => void;
}

/**
 * At most `max` connections at once: a Storage Box counts them, and refuses more. Further callers wait, first come first served.
 * A broken connection, or one whose caller was aborted, is never lent again.
 */
export class ConnectionPool {
  private readonly members = new Map<PoolMember, AbortController>();
  private readonly idle: (Held & { expiry: NodeJS.Timeout })[] = [];
  private readonly lent = new Map<Held, PoolMember>();
  private readonly turns: PoolMember[] = [];
  private readonly waiting: Waiter[] = [];
  /** Calls whose turn it is here, and that wait for a slot that another process holds. */
  private readonly seekers: Seeker[] = [];

  constructor(private readonly settings: PoolSettings) {}

  join(member: PoolMember): void {
    const closing = new AbortController();
    setMaxListeners(0, closing.signal); // one listener for each call in progress
    this.members.set(member, closing);
  }

  get isUnused(): boolean {
    return this.members.size === 0;
  }

  /** Fails this member's calls in progress with `CLOSED`. When the last member leaves, the connections are closed. */
  async leave(member: PoolMember): Promise<void> {
    this.members.get(member)?.abort(closedError());
    this.members.delete(member);
    for (const [{ connection }, borrower] of this.lent) {
      if (borrower === member) connection.breakWith(closedError());
    }
    if (this.isUnused) await Promise.all([...this.idle].map(({ connection }) => this.expire(connection)));
  }

  async use<T>(
    member: PoolMember,
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const wait = this.beginWait(member, signal);
    try {
      await this.takeTurn(member, wait.signal);
      try {
        const held = await this.acquire(member, signal, wait);
        wait.end();
        if (this.members.has(member)) return await this.lend(held, member, signal, work);
        this.keep(held);
        throw closedError();
      } finally {
        this.turns.splice(this.turns.indexOf(member), 1);
        this.admitNext();
      }
    } finally {
      wait.end();
    }
  }

  private async lend<T>(
    held: Held,
    member: PoolMember,
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { connection } = held;
    const stop = (): void => {
      connection.breakWith(abortedError(signal));
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.lent.set(held, member);
    try {
      // An abort during the search for a connection has called no listener.
      if (signal?.aborted === true) throw abortedError(signal);
      return await work(connection);
    } finally {
      signal?.removeEventListener('abort', stop);
      this.lent.delete(held);
      this.keep(held);
    }
  }

  /** Keeps the connection for the next caller here, unless another process has waited long enough. */
  private keep(held: Held): void {
    const { connection, slot } = held;
    if (!connection.usable) return;
    const hasHadItsTurn = slot !== undefined && performance.now() - slot.since > turnMs;
    const isNeeded = this.waiting.length > 0 || this.seekers.length > 0;
    if (this.isUnused || (slot?.wanted === true && (hasHadItsTurn || !isNeeded))) {
      void connection.end();
      return;
    }
    const next = this.seekers.findIndex(({ member }) => this.mayUse(member, slot));
    if (next >= 0) {
      this.seekers.splice(next, 1)[0]?.hand(held);
      return;
    }
    connection.setIdle(true);
    const expiry = setTimeout(() => void this.expire(connection), idleMs).unref();
    this.idle.push({ ...held, expiry });
  }

  private async expire(connection: Connection): Promise<void> {
    const index = this.idle.findIndex((entry) => entry.connection === connection);
    if (index < 0) return;
    for (const { expiry } of this.idle.splice(index, 1)) clearTimeout(expiry);
    await connection.end();
  }

  private async acquire(member: PoolMember, signal: AbortSignal | undefined, wait: Wait): Promise<Held> {
    for (let kept = this.takeIdle(member); kept !== undefined; kept = this.takeIdle(member)) {
      if (kept.connection.usable) return kept;
    }
    const found = this.settings.slots ? await this.seek(member, this.settings.slots, wait.signal) : undefined;
    if (found && 'connection' in found) return found;
    wait.end(); // connecting has its own time limit
    return this.open(signal, found);
  }

  private takeIdle(member: PoolMember): Held | undefined {
    const index = this.idle.findLastIndex(({ slot }) => this.mayUse(member, slot));
    const [kept] = index < 0 ? [] : this.idle.splice(index, 1);
    if (!kept) return undefined;
    clearTimeout(kept.expiry);
    kept.connection.setIdle(false);
    return { connection: kept.connection, slot: kept.slot };
  }

  private async open(signal: AbortSignal | undefined, slot: Slot | undefined): Promise<Held> {
    try {
      const connection = await this.settings.connect(signal);
      connection.onGone(() => void slot?.release());
      if (slot) slot.onWanted = () => void this.expire(connection);
      return { connection, slot };
    } catch (error) {
      await slot?.release();
      throw error;
    }
  }

  /** A slot of this machine for a new connection, or a connection that was returned here in the meantime. */
  private async seek(member: PoolMember, slots: HostSlots, signal: AbortSignal): Promise<Slot | Held> {
    let handed: Held | undefined;
    const stop = new AbortController();
    const giveUp = (): void => {
      stop.abort(signal.reason);
    };
    const seeker: Seeker = {
      member,
      hand: (held) => {
        handed = held;
        stop.abort();
      },
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    this.seekers.push(seeker);
    try {
      const slot = await slots.take(this.slotsFor(member), member.holder, stop.signal);
      if (handed) await slot.release();
      return handed ?? slot;
    } catch (error) {
      if (handed) return handed;
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
      const index = this.seekers.indexOf(seeker);
      if (index >= 0) this.seekers.splice(index, 1);
    }
  }

  private async takeTurn(member: PoolMember, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.mayTakeTurn(member)) {
      this.turns.push(member);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        member,
        admit: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal.reason as StorageError);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(waiter);
    });
  }

  private admitNext(): void {
    const next = this.waiting.findIndex(({ member }) => this.mayTakeTurn(member));
    if (next < 0) return;
    for (const { member, admit } of this.waiting.splice(next, 1)) {
      this.turns.push(member);
      admit();
    }
  }

  private mayTakeTurn(member: PoolMember): boolean {
    if (this.turns.length >= this.settings.max) return false;
    const ofServices = this.turns.filter(({ use }) => use === 'service').length;
    return member.use === 'command' || ofServices < this.slotsFor(member).length;
  }

  private mayUse(member: PoolMember, slot: Slot | undefined): boolean {
    return slot === undefined || this.slotsFor(member).includes(slot.index);
  }

  /** The last slot is for commands, which try it first. Where there is only one, everybody may use it. */
  private slotsFor({ use }: PoolMember): number[] {
    const { max, slots } = this.settings;
    const all = Array.from({ length: max }, (_, index) => index);
    if (use === 'command') return all.reverse();
    return slots && max > 1 ? all.slice(0, -1) : all;
  }

  /** How long a call may wait: until it is aborted, its storage is closed, or its time limit is reached. */
  private beginWait(member: PoolMember, signal: AbortSignal | undefined): Wait {
    const closed = this.members.get(member)?.signal ?? AbortSignal.abort(closedError());
    const over = new AbortController();
    const onClose = (): void => {
      over.abort(closed.reason);
    };
    const onAbort = (): void => {
      over.abort(abortedError(signal));
    };
    const onBusy = async (): Promise<void> => {
      over.abort(busyError(await this.whatIsWaitedFor()));
    };
    const tell = async (): Promise<void> => member.onWait?.(await this.whatIsWaitedFor());
    const timers = [setTimeout(() => void onBusy(), member.patienceMs), setTimeout(() => void tell(), tellMs)];
    closed.addEventListener('abort', onClose, { once: true });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (closed.aborted) onClose();
    if (signal?.aborted === true) onAbort();
    return {
      signal: over.signal,
      end: () => {
        for (const timer of timers) clearTimeout(timer);
        closed.removeEventListener('abort', onClose);
        signal?.removeEventListener('abort', onAbort);
      },
    };
  }

  private async whatIsWaitedFor(): Promise<string> {
    const { slots, max, where } = this.settings;
    const holders = (await slots?.holders()) ?? this.turns.map(({ holder }) => holder);
    return `one of the ${max} connections to ${where}, which are held by ${[...new Set(holders)].join(', ') || 'nobody now'}`;
  }
}

function busyError(what: string): StorageError {
  const remedy = 'Wait until those are done, or raise max_connections where the server allows more.';
  return new StorageError('BUSY', `Waited too long for ${what}.`, remedy);
}

function abortedError(signal: AbortSignal | undefined): StorageError {
  return new StorageError('ABORTED', 'Stopped on request.', 'Start it again.', { cause: signal?.reason });
}

function closedError(): StorageError {
  return new StorageError('CLOSED', 'The storage was closed.', 'Start the service again.');
}
