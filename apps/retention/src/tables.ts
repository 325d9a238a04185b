import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { openReadModel, ReadModelError, type ReadModel } from '@havun/read-model';
import { CONFIG } from '@havun/service-kit';

/** How long it is waited for the tables, and the shortest and longest time between two looks, in milliseconds. */
const [patienceMs, shortestMs, longestMs] = [60_000, 5, 500];

/** The tables, which the audit projection fills. They are only read here. */
@Injectable()
export class Tables implements OnModuleDestroy {
  /** One for all projects that are cleaned up at once; begun anew where it failed. */
  private opened: Promise<ReadModel> | undefined;

  constructor(@Inject(CONFIG) private readonly config: HavunConfig) {}

  /** The tables once they have everything of the log up to `position`. @throws TablesBehind, ReadModelError where that takes too long */
  async caughtUp(position: number, signal: AbortSignal): Promise<ReadModel> {
    for (let [waitedMs, nextMs] = [0, shortestMs]; ; waitedMs += nextMs, nextMs = Math.min(2 * nextMs, longestMs)) {
      const isLast = waitedMs >= patienceMs;
      const tables = await this.open(isLast);
      const checkpoint = (await tables?.checkpoint()) ?? 0;
      if (tables && checkpoint >= position) return tables;
      if (isLast) throw new TablesBehind(position, checkpoint);
      await sleep(nextMs, undefined, { signal });
    }
  }

  async onModuleDestroy(): Promise<void> {
    await (await this.opened?.catch(() => undefined))?.close();
  }

  /** On a new machine the projection may be about to make them. */
  private async open(isLast: boolean): Promise<ReadModel | undefined> {
    try {
      return await (this.opened ??= openReadModel(this.config.read_model, { readOnly: true }));
    } catch (error) {
      this.opened = undefined;
      if (isLast || !(error instanceof ReadModelError)) throw error;
      return undefined;
    }
  }
}

class TablesBehind extends Error {
  readonly code = 'TABLES_BEHIND';
  readonly retryable = true;
  readonly remedy =
    'See with «havun doctor» whether the audit-projection is at work, and look in its log. Nothing was moved or deleted.';
  constructor(position: number, checkpoint: number) {
    super(`The tables are at event ${checkpoint} of the log, and this clean-up needs them at ${position}`);
    this.name = 'TablesBehind';
  }
}
