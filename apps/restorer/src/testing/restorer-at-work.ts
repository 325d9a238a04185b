import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { HavunConfig } from '@havun/config';
import type { RestoreEvent, RestoreEventData } from '@havun/domain';
import { RESTORE_NAME, type RestoreSite } from '@havun/restore/testing';
import { openServiceContext, ScratchFolder, type ServiceContext } from '@havun/service-kit';
import { Storages } from '@havun/storage';
import { lookAhead, type Outlook } from '@havun/use-cases';
import { Preparation } from '../restore/preparation.js';
import { RestoreLeases } from '../restore/restore-leases.js';
import { RestoreService } from '../restore/restore.service.js';
import { SafetyBackups } from '../restore/safety-backup.js';
import { Switch } from '../restore/switch.js';

type Wish = Pick<RestoreEventData<'RestoreRequested'>, 'target' | 'selection'> & { readonly safetyBackup?: boolean };

/** The same moment for the one who looks and the one who restores: it tells the names that are given. */
const now = new Date('2025-11-22T02:10:00.000Z');

/** Who looks and who restores at a site, on one log. */
export class RestorerAtWork {
  constructor(
    private readonly site: RestoreSite,
    private readonly config: HavunConfig,
    private readonly connection: NatsConnection,
  ) {}

  /** As a dry run does. */
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

  /** @returns the last event of the restore. @throws RetryLater while a safety backup has to end */
  async restore(wish: Wish): Promise<RestoreEvent> {
    const { config, connection } = this;
    const log = { write: () => undefined };
    const context = await openServiceContext({ service: 'restorer', config, connection, log });
    const storages = new Storages(config.storage);
    try {
      return await this.serve(context, storages, wish);
    } finally {
      context.progress.close();
      await storages.close();
    }
  }

  private async serve(context: ServiceContext, storages: Storages, wish: Wish): Promise<RestoreEvent> {
    const { config, store, ids, leases, clock, instance, logger, runs, progress } = context;
    const scratch = new ScratchFolder(config, 'restorer');
    await mkdir(scratch.path, { recursive: true });
    const service = new RestoreService(
      runs.restore,
      config,
      instance,
      logger,
      clock,
      storages,
      scratch,
      new RestoreLeases(leases, instance),
      new SafetyBackups(config, store, leases, clock, ids, runs.backup),
      new Preparation(runs.restore, config, progress, clock, logger, storages, scratch),
      new Switch(config, logger, runs.restore, scratch),
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
    await service.run((await store.read(stream))[0]!, new AbortController().signal);
    return (await store.read(stream)).at(-1)!.event as RestoreEvent;
  }
}
