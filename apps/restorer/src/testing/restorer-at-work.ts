import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { HavunConfig } from '@havun/config';
import { restoreDecider, type DeliveredEvent, type RestoreEvent, type RestoreEventData } from '@havun/domain';
import { execute, type EventStore } from '@havun/event-store';
import { RESTORE_NAME, type RestoreSite } from '@havun/restore/testing';
import { openServiceContext, ScratchFolder, type ServiceContext } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { lookAhead, RestoreRuns, type Outlook } from '@havun/use-cases';
import { Preparation } from '../restore/preparation.js';
import { RestoreLeases } from '../restore/restore-leases.js';
import { RestoreService } from '../restore/restore.service.js';
import { SafetyBackups } from '../restore/safety-backup.js';
import { SettlementService } from '../restore/settlement.service.js';
import { Switch } from '../restore/switch.js';

type Wish = Pick<RestoreEventData<'RestoreRequested'>, 'target' | 'selection'> & { readonly safetyBackup?: boolean };

/** The fixed time of dry run and restore: names contain it. */
const now = new Date('2025-11-22T02:10:00.000Z');

/** What a test does while a restore works. Called after each appended event. */
export type OnEvent = (event: RestoreEvent) => Promise<void>;

/** One restore, whose messages a test delivers. */
export interface RestoreAtHand {
  readonly id: string;
  readonly store: EventStore;
  /** Delivers the request, for the first time or again. @throws RetryLater */
  run(): Promise<void>;
  /** Requests the undo, unless that was done before, and delivers its message. @throws RetryLater */
  undo(): Promise<void>;
  events(): Promise<RestoreEvent[]>;
}

/** A dry run and a restorer for one site, on one log. */
export class RestorerAtWork {
  constructor(
    private readonly site: RestoreSite,
    private readonly config: HavunConfig,
    private readonly connection: NatsConnection,
  ) {}

  /** As a dry run plans. */
  async look(wish: Wish): Promise<Outlook> {
    const { config, site } = this;
    const storages = new Storages(config.storage);
    const { target, selection, safetyBackup = false } = wish;
    const common = { config, storages, project: 'shop', backup: site.backup };
    try {
      return await lookAhead({ ...common, target, selection, safetyBackup, now, countRows: true });
    } finally {
      await storages.close();
    }
  }

  /** @returns the last event of the restore. @throws RetryLater until a safety backup has ended */
  async restore(wish: Wish): Promise<RestoreEvent> {
    return this.request(wish, async (restore) => {
      await restore.run();
      return (await restore.events()).at(-1)!;
    });
  }

  /** Requests a restore, and lets `work` deliver its messages. */
  async request<Result>(
    wish: Wish,
    work: (restore: RestoreAtHand) => Promise<Result>,
    onEvent?: OnEvent,
  ): Promise<Result> {
    const { config, connection } = this;
    const log = { write: () => undefined };
    const context = await openServiceContext({ service: 'restorer', config, connection, log });
    const storages = new Storages(config.storage);
    try {
      return await work(await this.atHand(context, storages, wish, onEvent));
    } finally {
      context.progress.close();
      await storages.close();
    }
  }

  private async atHand(
    context: ServiceContext,
    storages: Storages,
    wish: Wish,
    onEvent: OnEvent = () => Promise.resolve(),
  ): Promise<RestoreAtHand> {
    const { config, ids, leases, clock, instance, logger, progress } = context;
    const store = told(context.store, onEvent);
    const deps = { store, clock, ids, scrub: (text: string) => text, service: 'restorer' };
    const runs = { backup: context.runs.backup, restore: new RestoreRuns(deps) };
    const restoreLeases = new RestoreLeases(leases, instance);
    const scratch = new ScratchFolder(config, 'restorer');
    await mkdir(scratch.path, { recursive: true });
    const switching = new Switch(config, logger, runs.restore, scratch);
    const settlement = new SettlementService(runs.restore, config, logger, clock, restoreLeases, switching);
    const service = new RestoreService(
      runs.restore,
      config,
      instance,
      logger,
      clock,
      storages,
      scratch,
      restoreLeases,
      new SafetyBackups(config, store, leases, clock, ids, runs.backup),
      new Preparation(runs.restore, config, progress, clock, logger, storages, scratch, store),
      switching,
      store,
    );
    const stream = { host: 'local', category: 'restore', id: randomUUID() } as const;
    const data: RestoreEventData<'RestoreRequested'> = {
      name: RESTORE_NAME,
      project: 'shop',
      backup: this.site.backup,
      chosenBecause: 'the newest backup',
      safetyBackup: false,
      restoredBy: 'root@test',
      ...wish,
    };
    const event = { type: 'RestoreRequested', at: now.toISOString(), data } as const;
    const meta = { id: ids.uuid(), correlationId: stream.id, source: 'test' };
    await store.append(stream, { ...meta, event }, 'no-stream');
    const { signal } = new AbortController();
    const delivered = async (type: RestoreEvent['type']): Promise<DeliveredEvent> =>
      (await store.read(stream)).findLast((recorded) => recorded.event.type === type)!;
    return {
      id: stream.id,
      store,
      run: async () => service.run(await delivered('RestoreRequested'), signal),
      undo: async () => {
        const command = { type: 'RequestUndo', now: clock.now().toISOString(), by: 'root@test' } as const;
        const { correlationId, source } = meta;
        await execute({ store, decider: restoreDecider, stream, command, meta: { ids, correlationId, source } });
        await settlement.settle(await delivered('RestoreUndoRequested'), signal);
      },
      events: async () => (await store.read(stream)).map((recorded) => recorded.event as RestoreEvent),
    };
  }
}

/** The same log, which reports every append. */
const told = (store: EventStore, onEvent: OnEvent): EventStore =>
  new Proxy(store, {
    get(target, name) {
      if (name !== 'append') return Reflect.get(target, name, target) as unknown;
      return async (...args: Parameters<EventStore['append']>) => {
        const recorded = await target.append(...args);
        await onEvent(args[1].event as RestoreEvent);
        return recorded;
      };
    },
  });
