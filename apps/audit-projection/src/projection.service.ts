import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LogFollower, type EventStore } from '@havun/event-store';
import type { LoggedEvent, ReadModel } from '@havun/read-model';
import { EVENT_STORE, LOGGER, type Logger } from '@havun/service-kit';
import { READ_MODEL } from './tokens.js';

/** Keeps the tables up to date with the log. One transaction writes the rows and the checkpoint (D16). */
@Injectable()
export class ProjectionService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stop = new AbortController();
  private readonly follower: LogFollower;
  private following: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(READ_MODEL) private readonly readModel: ReadModel,
  ) {
    this.follower = new LogFollower({
      store,
      signal: this.stop.signal,
      reader: {
        checkpoint: () => readModel.checkpoint(),
        apply: (events, head) => this.project(events, head),
        refuseAhead: (head) => readModel.refuseAhead(head),
      },
      onError: (error, retryInMs) => {
        logger.error({ err: error, retryInMs }, 'the tables could not be brought up to date; trying again');
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    if (await this.readModel.needsRebuild()) await this.rebuild();
    await this.follower.catchUp();
    this.following = this.follower.follow();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await Promise.all([this.following, this.follower.idle()]);
    await this.readModel.close();
  }

  /** Settles when the tables have everything that the log holds now. */
  catchUp(): Promise<void> {
    return this.follower.catchUp();
  }

  /** A new release may fill the tables differently from the previous one. */
  private async rebuild(): Promise<void> {
    this.logger.info('the tables were written by an older release: rebuilding them from the log');
    const { events } = await this.readModel.rebuild((after) => this.store.readAll(after));
    this.logger.info({ events }, 'the tables are rebuilt');
  }

  private async project(events: readonly LoggedEvent[], head: number): Promise<void> {
    await this.readModel.project(events);
    const position = events.at(-1)?.position ?? 0;
    if (position < head) this.logger.info({ position, head }, 'catching up');
  }
}
