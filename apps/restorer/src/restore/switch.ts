import { existsSync } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import type { Failure, RestoreEventData, RestoreState } from '@havun/domain';
import { CONFIG, LOGGER, RESTORE_RUNS, type Logger, ScratchFolder } from '@havun/service-kit';
import { RestoreRuns } from '@havun/use-cases';
import { removeKept, removeStaging, switchTrees, undoTrees } from '@havun/sources';
import { databaseIsThere, placeOf, refuse, restorerFor } from '@havun/restore';
import { runHook } from './hooks.js';
import type { RestoreFolder, SwitchPlan } from './restore-folder.js';

type Running = Extract<RestoreState, { status: 'running' }>;
type Request = RestoreEventData<'RestoreRequested'>;

export type SwitchOutcome =
  | {
      readonly kind: 'switched';
      readonly kept: RestoreEventData<'RestoreCompleted'>['kept'];
      readonly warnings: RestoreEventData<'RestoreCompleted'>['warnings'];
    }
  /** Everything is as it was. */
  | { readonly kind: 'taken-back'; readonly failure: Failure };

/**
 * Replaces the target by what is ready beside it, or takes it all back. Every step follows from what exists, so after a crash at any
 * point the same call continues: forwards, or backwards where taking back had begun.
 */
@Injectable()
export class Switch {
  constructor(
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(RESTORE_RUNS) private readonly runs: RestoreRuns,
    private readonly scratch: ScratchFolder,
  ) {}

  /** @throws the abort's reason, and a failure of taking back; then it must be called again */
  async run({ request }: Running, folder: RestoreFolder, signal: AbortSignal): Promise<SwitchOutcome> {
    const plan = await folder.plan();
    const begun = await folder.takingBack();
    if (begun) return this.takeBack(request, plan, folder, begun);
    if (!(await folder.isMarked('switched'))) {
      try {
        await this.before(request, signal);
        await this.requireSamePlace(request, plan);
        await this.forwards(plan, folder, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.logger.error({ err: error, restore: request.name }, 'the switch failed: taking it back');
        const failure = this.runs.failure(error);
        await folder.noteTakingBack(failure);
        return this.takeBack(request, plan, folder, failure);
      }
      // What is kept may be removed from here on, so the switch must not begin again.
      await folder.mark('switched');
    }
    const hookWarnings = await this.after(request);
    const kept = await this.keptOf(request, plan, folder);
    return { kind: 'switched', kept, warnings: [...plan.warnings, ...hookWarnings] };
  }

  /** A deployment may have pointed the project's root to another release since the plan was made. */
  private async requireSamePlace(request: Request, { root: planned }: SwitchPlan): Promise<void> {
    const { root } = placeOf(this.config, request);
    const now = await realpath(root).catch(() => undefined);
    // A missing root is made by the restore.
    if (now === undefined || now === planned || root === planned) return;
    refuse([
      {
        code: 'PROJECT_MOVED',
        message: `${root} leads to ${now} now, and led to ${planned} when the restore was planned`,
        remedy: 'Run the restore again when no deployment is under way.',
        retryable: true,
      },
    ]);
  }

  /** Databases first, because they are more likely to fail. Both can be repeated. */
  private async forwards(plan: SwitchPlan, folder: RestoreFolder, signal: AbortSignal): Promise<void> {
    if (plan.databases.length > 0) await folder.mark('swap-begun');
    for (const swap of plan.databases) {
      await this.restorer(plan, swap.server).swap({ ...swap, workFolder: folder.databases, signal });
    }
    signal.throwIfAborted();
    if (!plan.trees) return;
    const { madeMeanwhile } = await switchTrees({ folder: folder.trees, token: plan.token, staged: plan.trees });
    if (madeMeanwhile.length > 0) {
      this.logger.warn(
        { paths: madeMeanwhile },
        'something was written while the files were switched; it is kept beside them',
      );
    }
  }

  /** Makes live again what was live, and leaves nothing that was staged or imported. */
  private async takeBack(
    request: Request,
    plan: SwitchPlan,
    folder: RestoreFolder,
    failure: Failure,
  ): Promise<SwitchOutcome> {
    await this.backwards(plan, folder);
    await this.after(request);
    return { kind: 'taken-back', failure };
  }

  /** Puts back what a complete or partial switch has replaced. */
  async backwards(plan: SwitchPlan, folder: RestoreFolder): Promise<void> {
    if (plan.trees) {
      await undoTrees({ folder: folder.trees, token: plan.token });
      await removeStaging(plan.trees.staging);
    }
    const swapped = await folder.isMarked('swap-begun');
    for (const swap of plan.databases) {
      const restorer = this.restorer(plan, swap.server);
      if (swapped) await restorer.undo({ ...swap, workFolder: folder.databases });
      await restorer.drop(swap.incoming);
    }
  }

  /** Removes for good what a switch has replaced. */
  async removeKept(plan: SwitchPlan, folder: RestoreFolder): Promise<void> {
    if (plan.trees) await removeKept({ folder: folder.trees, token: plan.token });
    for (const { server, kept } of plan.databases) await this.restorer(plan, server).drop(kept);
  }

  /** Runs the hooks before the switch. A restart during the switch runs them again: maintenance mode is a state. */
  async before(request: Request, signal: AbortSignal): Promise<void> {
    const { hooks, root } = placeOf(this.config, request);
    if (hooks.before.length === 0) return;
    if (!existsSync(root)) {
      this.logger.warn({ restore: request.name, root }, 'there is no project that the hooks before could be run in');
      return;
    }
    for (const command of hooks.before) {
      await runHook(command, { cwd: root, timeoutMs: hooks.timeoutMs, signal });
    }
  }

  /** Runs the hooks after the switch, whatever its outcome: a site must not stay in maintenance mode. */
  async after(request: Request): Promise<{ code: string; count: number }[]> {
    const { hooks, root } = placeOf(this.config, request);
    const failures: unknown[] = [];
    for (const command of existsSync(root) ? hooks.after : []) {
      try {
        await runHook(command, { cwd: root, timeoutMs: hooks.timeoutMs });
      } catch (error) {
        failures.push(error);
        this.logger.error({ err: error, restore: request.name }, 'a hook after the restore failed');
      }
    }
    return failures.length === 0 ? [] : [{ code: 'HOOK_FAILED', count: failures.length }];
  }

  /** Counts what is kept now: nothing where nothing was replaced. A test environment keeps nothing. */
  private async keptOf(
    request: Request,
    plan: SwitchPlan,
    folder: RestoreFolder,
  ): Promise<RestoreEventData<'RestoreCompleted'>['kept']> {
    if (!placeOf(this.config, request).keeps) {
      await this.removeKept(plan, folder);
      return { paths: 0, databases: [] };
    }
    const databases: string[] = [];
    for (const { server, kept } of plan.databases) {
      if (await databaseIsThere(this.restorer(plan, server), kept)) databases.push(kept);
    }
    const paths = await Promise.all((plan.trees?.moves ?? []).map(({ kept }) => isThere(kept)));
    return { paths: paths.filter(Boolean).length, databases };
  }

  private restorer({ root }: SwitchPlan, server: string): ReturnType<typeof restorerFor> {
    return restorerFor(this.config, { server, root, scratch: this.scratch.path });
  }
}

/** True also for a link whose target is missing. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
