import { drillSteps, type Clock, type DrillStep, type DrillStepResult, type Failure } from '@havun/domain';

/** The result of a step: one line, or why there was nothing to do. No names of files (D4). */
export type StepOutcome = string | { readonly skipped: string };

/** Runs the steps of a drill in turn, and records their results. After a failed step, the others are skipped. */
export class StepLog {
  readonly results: DrillStepResult[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly failureOf: (error: unknown) => Failure,
    private readonly signal: AbortSignal,
  ) {}

  /** The failure of the first step that failed. */
  get failure(): Failure | undefined {
    return this.results.find(({ failure }) => failure !== undefined)?.failure;
  }

  /** @throws only the abort's reason: a drill that is stopped has not failed */
  async take(step: DrillStep, work: () => Promise<StepOutcome>): Promise<void> {
    if (this.failure) this.results.push({ step, result: 'skipped', durationMs: 0 });
    else await this.always(step, work);
  }

  /** For cleaning up, which happens whatever has failed before. */
  async always(step: DrillStep, work: () => Promise<StepOutcome>): Promise<void> {
    const begun = this.clock.now().getTime();
    const result = (what: Omit<DrillStepResult, 'step' | 'durationMs'>): void => {
      this.results.push({ step, durationMs: Math.max(0, this.clock.now().getTime() - begun), ...what });
    };
    try {
      const outcome = await work();
      if (typeof outcome === 'string') result({ result: 'ok', detail: outcome });
      else result({ result: 'skipped', detail: outcome.skipped });
    } catch (error) {
      this.signal.throwIfAborted();
      result({ result: 'failed', failure: this.failureOf(error) });
    }
  }
}

/** The steps of a drill that found nothing to restore. */
export const withoutBackup = (failure: Failure): DrillStepResult[] =>
  drillSteps.map((step) =>
    step === 'download'
      ? { step, result: 'failed', durationMs: 0, failure }
      : { step, result: 'skipped', durationMs: 0 },
  );
