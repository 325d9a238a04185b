import { StorageError } from '../error.js';
import type { Connection } from './connection.js';

/** How long an unused connection is kept for the next call. Shorter than what firewalls and servers allow. */
const idleMs = 10_000;

/**
 * At most `max` connections at once: a Storage Box counts them, and refuses more. Callers beyond that wait in turn.
 * A connection that broke, or whose caller was aborted, is never lent again.
 */
export class ConnectionPool {
  private readonly idle: { connection: Connection; expiry: NodeJS.Timeout }[] = [];
  private readonly lent = new Set<Connection>();
  private readonly waiting: (() => void)[] = [];
  private taken = 0;
  private closed = false;

  constructor(
    private readonly max: number,
    private readonly connect: (signal: AbortSignal | undefined) => Promise<Connection>,
  ) {}

  async use<T>(signal: AbortSignal | undefined, work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.takeTurn(signal);
    try {
      const connection = await this.acquire(signal);
      return await this.lend(connection, signal, work);
    } finally {
      this.taken -= 1;
      this.waiting.shift()?.();
    }
  }

  close(): void {
    this.closed = true;
    for (const { connection, expiry } of this.idle.splice(0)) {
      clearTimeout(expiry);
      connection.end();
    }
    for (const connection of this.lent) connection.breakWith(closedError());
    for (const wake of this.waiting.splice(0)) wake();
  }

  private async lend<T>(
    connection: Connection,
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const stop = (): void => {
      connection.breakWith(abortedError(signal));
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.lent.add(connection);
    try {
      // An abort that came while a connection was being found calls no listener.
      if (signal?.aborted === true) throw abortedError(signal);
      return await work(connection);
    } finally {
      signal?.removeEventListener('abort', stop);
      this.lent.delete(connection);
      this.keep(connection);
    }
  }

  private keep(connection: Connection): void {
    if (!connection.usable) return;
    if (this.closed) {
      connection.end();
      return;
    }
    connection.setIdle(true);
    const entry = {
      connection,
      expiry: setTimeout(() => {
        this.expire(connection);
      }, idleMs).unref(),
    };
    this.idle.push(entry);
  }

  private expire(connection: Connection): void {
    const index = this.idle.findIndex((entry) => entry.connection === connection);
    if (index >= 0) this.idle.splice(index, 1);
    connection.end();
  }

  private async acquire(signal: AbortSignal | undefined): Promise<Connection> {
    for (let kept = this.idle.pop(); kept !== undefined; kept = this.idle.pop()) {
      clearTimeout(kept.expiry);
      kept.connection.setIdle(false);
      if (kept.connection.usable) return kept.connection;
    }
    const connection = await this.connect(signal);
    if (!this.closed) return connection;
    connection.end();
    throw closedError();
  }

  private async takeTurn(signal: AbortSignal | undefined): Promise<void> {
    while (!this.closed && this.taken >= this.max) await this.nextFree(signal);
    if (this.closed) throw closedError();
    this.taken += 1;
  }

  private async nextFree(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw abortedError(signal);
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(wake), 1);
        reject(abortedError(signal));
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(wake);
    });
  }
}

function abortedError(signal: AbortSignal | undefined): StorageError {
  return new StorageError('ABORTED', 'Stopped on request.', 'Start it again.', { cause: signal?.reason });
}

function closedError(): StorageError {
  return new StorageError('CLOSED', 'The storage was closed.', 'Start the service again.');
}
