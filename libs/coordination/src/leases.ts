import { StorageType } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock, Ids } from '@havun/domain';
import { encodeToken } from '@havun/event-store';
import {
  deleteLease,
  HeldLease,
  isWrongRevision,
  readLease,
  type Lease,
  type LeaseRecord,
  type StoredLease,
} from './held-lease.js';

/**
 * Leases in NATS KV (D8). The bucket's age limit removes an entry that nobody renewed, by the server's clock, so that machines
 * need not agree on the time. A holder renews after a third of the limit, by compare-and-set on the revision that it has read,
 * and gives the lease up by itself shortly before the server would.
 */
const bucket = 'havun_leases';

export type Acquisition =
  { readonly kind: 'acquired'; readonly lease: Lease } | { readonly kind: 'held'; readonly by: LeaseRecord };

export interface LeasesOptions {
  /** The name of this process, unique within its service. */
  readonly holder: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a lease outlives a holder that died, in milliseconds. An existing bucket keeps the limit that it was made with. */
  readonly ttlMs?: number;
}

/** The lease on a whole project. The processes that work on one backup of it share the lease, in turn or at the same time. */
export const projectLeaseKey = (project: string): string => `project.${encodeToken(project)}`;
/** The lease on one stage of one backup, for one process alone. */
export const workLeaseKey = (backupId: string, stage: string): string =>
  `work.${encodeToken(backupId)}.${encodeToken(stage)}`;

/** All leases that this process requests. */
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
   * Takes a lease, or says who holds it. An exclusive lease is given to one call at a time: not even the same owner and holder
   * get it twice. A shared one is given to everyone who names the same owner.
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

  /** Reads back to see whether a write succeeded: an error may only mean that the answer was lost. */
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

const publicRecord = ({ owner, holder, since, shared }: StoredLease): LeaseRecord => ({ owner, holder, since, shared });
