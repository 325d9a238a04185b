import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import { LeaseLost } from './lease-lost.js';
import { Watchdog } from './watchdog.js';

/** The value in the bucket. */
export interface LeaseRecord {
  /** Whom the lease is for: the backup's id. */
  readonly owner: string;
  /** The process that first took it. */
  readonly holder: string;
  /** When the owner got it, ISO 8601 in UTC. */
  readonly since: string;
  readonly shared: boolean;
}

export interface Lease {
  readonly key: string;
  /** Aborted with a {@link LeaseLost} as soon as somebody else may hold the lease. */
  readonly signal: AbortSignal;
  /**
   * Stops renewing. An exclusive lease becomes free at once. A shared one remains the owner's as long as others renew it, or
   * until it expires, so that the next stage can take over. It never touches somebody else's lease. It never fails: what can't be
   * freed expires.
   */
  release(): Promise<void>;
}

export interface StoredLease extends LeaseRecord {
  /** Distinguishes one acquisition from every other, so that reading back shows whether a request whose answer was lost succeeded. */
  readonly token: string;
}

/** A lease while this process has it. */
export class HeldLease implements Lease {
  private readonly loss = new AbortController();
  private renewal: NodeJS.Timeout | undefined;
  /** Five sixths of the limit: work that stops on the signal has ended before anybody else can begin. */
  private readonly fence: Watchdog;
  private renewing: Promise<unknown> = Promise.resolve();
  private renewedAt = 0;

  constructor(
    private readonly kv: KV,
    readonly key: string,
    private readonly isOurs: (stored: StoredLease) => boolean,
    private readonly ttlMs: number,
  ) {
    this.fence = new Watchdog((ttlMs * 5) / 6, () => {
      this.lose('it could not be renewed in time');
    });
  }

  get signal(): AbortSignal {
    return this.loss.signal;
  }

  /** Renews once. @returns whether the lease is ours. @throws when the server can't be asked. */
  async renew(): Promise<boolean> {
    for (;;) {
      const sentAt = performance.now();
      const stored = await readLease(this.kv, this.key);
      if (!stored || !this.isOurs(stored.lease)) return false;
      try {
        await this.kv.update(this.key, JSON.stringify(stored.lease), stored.revision);
        this.renewedAt = sentAt;
        return true;
      } catch (error) {
        if (!isWrongRevision(error)) throw error;
      }
    }
  }

  keepRenewing(): this {
    this.renewal = setInterval(() => {
      this.renewing = this.renewOrLose();
    }, this.ttlMs / 3);
    this.fence.feed(this.renewedAt);
    return this;
  }

  async release(): Promise<void> {
    this.stop();
    await this.renewing;
    try {
      await deleteLease(this.kv, this.key, (stored) => !stored.shared && this.isOurs(stored));
    } catch {
      return; // the server can't be reached: the lease expires
    }
  }

  private async renewOrLose(): Promise<void> {
    try {
      if (!(await this.renew())) this.lose('it expired, was ended, or is held by another');
    } catch {
      return; // a failed renewal does not yet mean a lost lease: `fence` decides
    }
    if (this.renewal) this.fence.feed(this.renewedAt);
  }

  private lose(why: string): void {
    if (!this.renewal) return;
    this.stop();
    this.loss.abort(new LeaseLost(this.key, why));
  }

  private stop(): void {
    clearInterval(this.renewal);
    this.renewal = undefined;
    this.fence.stop();
  }
}

export async function readLease(kv: KV, key: string): Promise<{ lease: StoredLease; revision: number } | undefined> {
  const entry = await kv.get(key);
  if (entry?.operation !== 'PUT') return undefined;
  return { lease: entry.json<StoredLease>(), revision: entry.revision };
}

/** Deletes the entry as long as it is the expected one, even if others renew it meanwhile. */
export async function deleteLease(kv: KV, key: string, isIt: (stored: StoredLease) => boolean): Promise<void> {
  for (;;) {
    const stored = await readLease(kv, key);
    if (!stored || !isIt(stored.lease)) return;
    try {
      await kv.delete(key, { previousSeq: stored.revision });
      return;
    } catch (error) {
      if (!isWrongRevision(error)) throw error;
    }
  }
}

export const isWrongRevision = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
    error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);
