import { randomUUID } from 'node:crypto';
import { jetstreamManager, type ConsumerInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { INestMicroservice } from '@nestjs/common';
import type { BackupEvent, StreamId, SystemEvent } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { eventStreamName, eventSubjects, type EventStore } from '@havun/event-store';
import { eventually } from '@havun/coordination/testing';
import { startTestService, type TestHandler, type TestServiceOptions } from './test-service.js';

/** Every test has its own host, and with it its own subjects and consumer. */
export class Site {
  readonly host = `host-${randomUUID()}`;
  readonly quarantined: SystemEvent['data'][] = [];
  private readonly running: INestMicroservice[] = [];
  private readonly revisions = new Map<string, number>();

  readonly durable = `tester-${randomUUID()}`;

  constructor(private readonly on: { connection: NatsConnection; store: EventStore }) {}

  async serve(handler: TestHandler, options: Partial<TestServiceOptions> = {}): Promise<INestMicroservice> {
    const app = await startTestService(handler, {
      ...this.on,
      durable: this.durable,
      filterSubjects: [eventSubjects({ host: this.host, category: 'backup' })],
      onQuarantine: (data) => this.quarantined.push(data),
      ...options,
    });
    this.running.push(app);
    return app;
  }

  async append(id: string, type: BackupEvent['type'] = 'BackupRequested'): Promise<string> {
    const event = { id: randomUUID(), event: aBackupEvent(type), correlationId: id, source: 'test' };
    const { revision } = await this.on.store.append(this.stream(id), event, this.revisions.get(id) ?? 'no-stream');
    this.revisions.set(id, revision);
    return event.id;
  }

  stream(id: string): StreamId {
    return { host: this.host, category: 'backup', id };
  }

  async consumer(): Promise<ConsumerInfo> {
    return (await jetstreamManager(this.on.connection)).consumers.info(eventStreamName, this.durable);
  }

  /** Waits until nothing is left to do: every message delivered and acknowledged. */
  async settled(): Promise<void> {
    await eventually(async () => {
      const { num_pending, num_ack_pending } = await this.consumer();
      return num_pending === 0 && num_ack_pending === 0;
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.running.splice(0).map((app) => app.close()));
  }
}

export const passing = (): Error => Object.assign(new Error('connection refused'), { retryable: true });
export const lasting = (): Error =>
  Object.assign(new Error('the password is wrong'), {
    retryable: false,
    code: 'WRONG_PASSWORD',
    remedy: 'Set the right one.',
  });

/** A handler that lasts until the test, or the service, ends it. */
export function held(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail);
  });
}
