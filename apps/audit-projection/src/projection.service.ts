import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { HavunEvent, RecordedEvent } from '@havun/domain';
import { type EventStore } from '@havun/event-store';
import type { ReadModel } from '@havun/read-model';
import { EVENT_STORE, LOGGER, type Logger } from '@havun/service-kit';
import { READ_MODEL } from './tokens.js';

/** Events in one transaction at the most: large enough to be quick, small enough to keep readers waiting for no time. */
const batchSize = 1000;

/** Keeps the tables up with the log. The checkpoint lies in the tables' own transaction (D16). */
@Injectable()
export class ProjectionService implements OnApplicationBootstrap, OnModuleDestroy {
  private round: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(READ_MODEL) private readonly readModel: ReadModel,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.readModel.needsRebuild()) await this.rebuild();
    await this.catchUp();
  }

  async onModuleDestroy(): Promise<void> {
    await this.round.catch(() => undefined);
    await this.readModel.close();
  }

  /** Projects everything that the log holds and the tables do not. Calls that come meanwhile share the round after this one. */
  catchUp(): Promise<void> {
    this.next ??= this.round
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.projectNew();
      });
    this.round = this.next;
    return this.round;
  }

  /** A new release may fill the tables in another way than the one before. */
  private async rebuild(): Promise<void> {
    this.logger.info('the tables were written by an older release: rebuilding them from the log');
    const { events } = await this.readModel.rebuild((after) => this.store.readAll(after));
    this.logger.info({ events }, 'the tables are rebuilt');
  }

  private async projectNew(): Promise<void> {
    const head = await this.store.head();
    await this.readModel.refuseAhead(head);
    const checkpoint = await this.readModel.checkpoint();
    let batch: RecordedEvent<HavunEvent>[] = [];
    for await (const event of this.store.readAll(checkpoint)) {
      batch.push(event);
      if (batch.length < batchSize) continue;
      await this.readModel.project(batch);
      this.logger.info({ position: event.position, head }, 'catching up');
      batch = [];
    }
    if (batch.length > 0) await this.readModel.project(batch);
  }
}
