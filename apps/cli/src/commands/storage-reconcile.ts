import { auditProjectionService } from '@havun/audit-projection';
import { findingsIn, fold, reconciliationDecider, type ReconciliationEvent } from '@havun/domain';
import { compareStorages, previewReconciliation, requestReconciliation, tabledBackups } from '@havun/use-cases';
import { CommandError, exitCodes } from '../exit-code.js';
import { printReconciliation, type ReconciliationReport } from '../output/reconciliation-lines.js';
import { askedBy } from '../restore/asked-by.js';
import { commandStorages } from '../session/command-storages.js';
import { reconciliationRuns } from '../session/run-kinds.js';
import { openSession } from '../session/session.js';
import { watchRuns } from '../session/watch-runs.js';
import { openWorkSession } from '../session/work-session.js';
import type { CommandContext, Outcome } from './command.js';

export interface StorageReconcileOptions {
  readonly storage?: string;
  readonly repair?: boolean;
  readonly hashAll?: boolean;
  readonly hashBytes?: number;
  readonly dryRun?: boolean;
}

/** Compares each storage with the log, and says by its exit code whether anything is left to be done. */
export async function storageReconcile(context: CommandContext, options: StorageReconcileOptions): Outcome {
  checkOptions(context, options);
  const report = options.dryRun === true ? await preview(context, options) : await reconcile(context, options);
  if (!report) return exitCodes.interrupted;
  const { terminal } = context;
  const open = report.reconciled.reduce((sum, storage) => sum + findingsIn(storage).open, report.notReconciled.length);
  terminal.printJson({ ...report, open });
  printReconciliation(report, terminal);
  return open === 0 ? exitCodes.done : exitCodes.failed;
}

function checkOptions({ config }: CommandContext, options: StorageReconcileOptions): void {
  const { storage, hashAll, hashBytes, dryRun, repair } = options;
  const names = ['local', ...Object.keys(config.storage.offsite)];
  if (storage !== undefined && !names.includes(storage)) {
    const message = `There is no storage "${storage}" in the configuration`;
    throw new CommandError(exitCodes.usage, 'UNKNOWN_STORAGE', message, `Give one of: ${names.join(', ')}.`);
  }
  if (hashAll && hashBytes !== undefined)
    throw contradiction('--hash-all and --hash-bytes are both given', 'Give one of them.');
  if (dryRun && (repair ?? hashAll ?? hashBytes) !== undefined)
    throw contradiction('A dry run reads nothing back, and repairs nothing', 'Leave out --dry-run, or the others.');
}

const contradiction = (message: string, remedy: string): CommandError =>
  new CommandError(exitCodes.usage, 'CONTRADICTION', message, remedy);

/** Has the retention service compare. @returns undefined where Ctrl-C has ended the watching */
async function reconcile(
  context: CommandContext,
  { storage, repair = false, hashAll, hashBytes }: StorageReconcileOptions,
): Promise<ReconciliationReport | undefined> {
  const { terminal } = context;
  const session = await openWorkSession(context);
  try {
    const { stream } = await requestReconciliation(
      { ...session.context, source: 'cli' },
      {
        trigger: 'manual',
        requestedBy: askedBy(),
        repair,
        ...(storage !== undefined && { storages: [storage] }),
        ...(hashAll === true && { hashAll }),
        ...(hashBytes !== undefined && { hashBytes }),
      },
    );
    const runs = [{ project: 'storages', stream }];
    const histories = await watchRuns<ReconciliationEvent>(session, { terminal, kind: reconciliationRuns, runs });
    if (!histories) return undefined;
    const state = fold(
      reconciliationDecider,
      (histories[0] ?? []).map(({ event }) => event),
    );
    if (state.status === 'failed') {
      const { code, message, remedy } = state.failure;
      throw new CommandError(exitCodes.failed, code, message, remedy);
    }
    if (state.status !== 'completed') throw new Error(`the comparison ended as ${state.status}`);
    const { reconciled, notReconciled } = state;
    return { dryRun: false, reconciled, notReconciled };
  } finally {
    await session.close();
  }
}

/** Compares in this process, and writes nothing. */
async function preview(context: CommandContext, { storage }: StorageReconcileOptions): Promise<ReconciliationReport> {
  const { config } = context;
  const session = await openSession({ config, services: [auditProjectionService] });
  const storages = commandStorages(context);
  try {
    const { store, clock, runs } = session.context;
    const { queries } = await session.readModel();
    const compared = await compareStorages(storage === undefined ? storages.all() : [storages.named(storage)], {
      config,
      store,
      clock,
      failure: (error) => runs.backup.failure(error),
      backups: () => tabledBackups(queries),
    });
    return {
      dryRun: true,
      reconciled: compared.flatMap((each) => (each.kind === 'compared' ? [previewReconciliation(each)] : [])),
      notReconciled: compared.flatMap((each) =>
        each.kind === 'failed' ? [{ storage: each.storage.name, ...each.failure }] : [],
      ),
    };
  } finally {
    await storages.close();
    await session.close();
  }
}
