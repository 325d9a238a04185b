import { StorageType } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { encodeToken } from '@havun/event-store';

const bucket = 'havun_deferrals';
/** Longer than a service with a deferred message is likely to be down. Each deferral restarts the time. */
const ttlMs = 30 * 24 * 3_600_000;

/** How often a message was given back without having failed, by its sequence in the stream (see `acknowledgement.ts`). */
export class Deferrals {
  private constructor(
    private readonly kv: KV,
    private readonly durable: string,
  ) {}

  static async open(connection: NatsConnection, durable: string): Promise<Deferrals> {
    const kv = await new Kvm(connection).create(bucket, {
      ttl: ttlMs,
      history: 1,
      storage: StorageType.File,
      allow_direct: false,
    });
    return new Deferrals(kv, durable);
  }

  async count(sequence: number): Promise<number> {
    const entry = await this.kv.get(this.key(sequence));
    return entry?.operation === 'PUT' ? Number(entry.string()) : 0;
  }

  async record(sequence: number, count: number): Promise<void> {
    await this.kv.put(this.key(sequence), String(count));
  }

  async forget(sequence: number): Promise<void> {
    await this.kv.delete(this.key(sequence));
  }

  private key(sequence: number): string {
    return `${encodeToken(this.durable)}.${sequence}`;
  }
}
