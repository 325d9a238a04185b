import { Inject, Injectable } from '@nestjs/common';
import { isCleanupEnded, type DeliveredEvent } from '@havun/domain';
import { CLEANUP_RUNS } from '@havun/service-kit';
import { CleanupRuns } from '@havun/use-cases';

/** Cleans up the backups of one project. */
@Injectable()
export class CleanupService {
  constructor(@Inject(CLEANUP_RUNS) private readonly runs: CleanupRuns) {}

  async run(event: DeliveredEvent, _signal: AbortSignal): Promise<void> {
    if (isCleanupEnded(await this.runs.load(event.stream))) return;
  }
}
