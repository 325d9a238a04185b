import { JetStreamApiCodes, JetStreamApiError, StorageType } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Ids } from '@havun/domain';
import { MessagingError } from './errors.js';
import { encodeToken } from '@havun/event-store';

/**
 * Leases in NATS KV (D8). The bucket's own age limit takes an entry away that nobody renewed, by the server's clock, so
 * that no two machines need to agree on the time. A holder renews at a third of the limit, by compare-and-set on the
 * revision that it has read, and gives the lease up by itself shortly before the server would.
 */
const bucket = 'havun_leases';

/** What stands in the bucket. */
export interface LeaseRecord {
  /** Whom the lease is for: the backup's id. */
  readonly owner: string;
  /** The process that took it first. */
  readonly holder: string;
  /** Since when the owner has it, ISO 8601 in UTC. */
  readonly since: string;
  readonly shared: boolean;
}

export interface Lease {
  readonly key: string;
  /** Aborted with a `MessagingError` LEASE_LOST as soon as the lease may be somebody else's. */
  readonly signal: AbortSignal;
  /**
   * Stops renewing. An exclusive lease is free at once. A shared one stays its owner's for as long as others renew it,
   * or until it expires, so that the next stage can take over. Never touches what is another's. Never fails: what can't be
   * freed expires.
   */
  release(): Promise<void>;
}

export type Acquisition =
  { readonly kind: 'acquired'; readonly lease: Lease } | { readonly kind: 'held'; readonly by: LeaseRecord };

export interface LeasesOptions {
  /** The name of this process among all of its kind. */
  readonly holder: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a lease outlives a holder that died, in milliseconds. The bucket keeps what it was made with. */
  readonly ttlMs?: number;
}

/** The lease on a whole project, shared by the processes that work on one backup of it, in turn or at once. */
export const projectLeaseKey = (project: string): string => `project.${encodeToken(project)}`;
/** The lease on one stage of one backup, for one process alone. */
export const workLeaseKey = (backupId: string, stage: string): string =>
  `work.${encodeToken(backupId)}.${encodeToken(stage)}`;

/** Every lease that this process asks for. */
export class Leases {
  private constructor(
    private readonly kv: KV,
    private readonly ttlMs: number,
    private readonly options: LeasesOptions,
  ) {}

  static async open(connection: NatsConnection, options: LeasesOptions): Promise<Leases> {
    const { ttlMs: ttl = 30_000 } = options;
    const kv = await new Kvm(connection).create(bucket, {
      ttl,
      history: 1,
      storage: StorageType.File,
      allow_direct: false,
    });
    const status = await kv.status();
    return new Leases(kv, status.ttl, options);
  }

  /**
   * Takes a lease, or says who has it. An exclusive lease is given to one call at a time: not even the same owner and
   * holder get it twice. A shared one is given to everyone who names the same owner.
   */
  async acquire(key: string, owner: string, { shared }: { shared: boolean }): Promise<Acquisition> {
    const { holder, clock, ids } = this.options;
    const token = ids.uuid();
    const record: StoredLease = { owner, holder, since: clock.now().toISOString(), shared, token };
    const isOurs = (stored: StoredLease): boolean =>
      shared ? stored.shared && stored.owner === owner : stored.token === token;
    for (;;) {
      await this.createUnlessHeld(key, record, isOurs);
      const lease = new HeldLease(this.kv, key, isOurs, this.ttlMs);
      if (await lease.renew()) return { kind: 'acquired', lease: lease.keepRenewing() };
      const stored = await readLease(this.kv, key);
      if (stored && !isOurs(stored.lease)) return { kind: 'held', by: publicRecord(stored.lease) };
    }
  }

  /** Who holds a lease, if anybody does. */
  async peek(key: string): Promise<LeaseRecord | undefined> {
    const stored = await readLease(this.kv, key);
    return stored && publicRecord(stored.lease);
  }

  /** Frees a project for its next run, for every process that shared its lease. Does nothing where another backup holds it. */
  async endRun(project: string, backupId: string): Promise<void> {
    await deleteLease(this.kv, projectLeaseKey(project), ({ owner }) => owner === backupId);
  }

  /** Whether it got there is seen by reading back: an error may only mean that the answer was lost. */
  private async createUnlessHeld(
    key: string,
    record: StoredLease,
    isOurs: (stored: StoredLease) => boolean,
  ): Promise<void> {
    try {
      await this.kv.create(key, JSON.stringify(record));
    } catch (error) {
      if (isWrongRevision(error)) return;
      const stored = await readLease(this.kv, key);
      if (!stored || !isOurs(stored.lease)) throw error;
    }
  }
}

interface StoredLease extends LeaseRecord {
  /** Tells one acquisition from every other, so that a lost answer can be cleared up by reading back. */
  readonly token: string;
}

class HeldLease implements Lease {
  private readonly loss = new AbortController();
  private timers: { readonly renewal: NodeJS.Timeout; fence: NodeJS.Timeout } | undefined;
  private renewing: Promise<unknown> = Promise.resolve();
  private renewedAt = 0;

  constructor(
    private readonly kv: KV,
    readonly key: string,
    private readonly isOurs: (stored: StoredLease) => boolean,
    private readonly ttlMs: number,
  ) {}

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
    const renewal = setInterval(() => {
      this.renewing = this.renewOrLose();
    }, this.ttlMs / 3);
    this.timers = { renewal, fence: this.newFence() };
    return this;
  }

  async release(): Promise<void> {
    this.stop();
    await this.renewing;
    try {
      await deleteLease(this.kv, this.key, (stored) => !stored.shared && this.isOurs(stored));
    } catch {
      return; // out of reach: it expires
    }
  }

  private async renewOrLose(): Promise<void> {
    try {
      if (!(await this.renew())) this.lose('it expired, was ended, or is held by another');
    } catch {
      return; // not renewed is not lost: the fence decides
    }
    if (!this.timers) return;
    clearTimeout(this.timers.fence);
    this.timers.fence = this.newFence();
  }

  /** Five sixths of the limit: work that stops on the signal has ended before anybody else can begin. */
  private newFence(): NodeJS.Timeout {
    const left = this.renewedAt + (this.ttlMs * 5) / 6 - performance.now();
    return setTimeout(() => {
      this.lose('it could not be renewed in time');
    }, left);
  }

  private lose(why: string): void {
    if (!this.timers) return;
    this.stop();
    this.loss.abort(
      new MessagingError('LEASE_LOST', `The lease ${this.key} was lost: ${why}`, remedyOfLoss, { retryable: true }),
    );
  }

  private stop(): void {
    clearInterval(this.timers?.renewal);
    clearTimeout(this.timers?.fence);
    this.timers = undefined;
  }
}

const remedyOfLoss =
  'The work is taken up again by itself. If this recurs, check the connection to the NATS server and the load.';

async function readLease(kv: KV, key: string): Promise<{ lease: StoredLease; revision: number } | undefined> {
  const entry = await kv.get(key);
  if (entry?.operation !== 'PUT') return undefined;
  return { lease: entry.json<StoredLease>(), revision: entry.revision };
}

/** Deletes the entry for as long as it is what it should be, whoever renews it meanwhile. */
async function deleteLease(kv: KV, key: string, isIt: (stored: StoredLease) => boolean): Promise<void> {
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

const publicRecord = ({ owner, holder, since, shared }: StoredLease): LeaseRecord => ({ owner, holder, since, shared });

const isWrongRevision = (error: unknown): boolean =>
  error instanceof JetStreamApiError &&
  (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
    error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown);
