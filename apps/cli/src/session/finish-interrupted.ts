import type { DomainEvent } from '@havun/domain';
import type { HavunConfig } from '@havun/config';
import { followRuns, interruptedRuns, type InterruptedRun, type ReachedStep } from '@havun/use-cases';
import { renderLine } from '../output/run-lines.js';
import { mark, type Terminal } from '../terminal.js';
import { backupRuns, restoreRuns, type ShownRunKind } from './run-kinds.js';
import type { Session } from './session.js';

/**
 * Waits for the runs of this machine that a killed process has left. The stack of this command resumes them, and must not end in
 * the middle of them: a machine that runs only its crontab has no other stack.
 */
export async function finishInterrupted(
  { config, terminal }: { readonly config: HavunConfig; readonly terminal: Terminal },
  session: Session,
): Promise<void> {
  const { queries } = await session.readModel();
  const runs = await interruptedRuns({
    store: session.context.store,
    config,
    runningBackups: () => queries.runningBackups(),
  });
  if (runs.length > 0)
    terminal.remark(
      'Waiting until the leases and messages of the process that was killed are free, for half a minute at the most.',
    );
  await Promise.all(
    runs.map((run) => {
      const where = run.kind === 'restore' ? ` ${interruptedAt[run.reached]}` : '';
      terminal.remark(`${mark('warning')} ${run.name} was interrupted${where}, and is taken up again first`);
      return run.kind === 'backup'
        ? sayEnd(terminal, session, backupRuns, run)
        : sayEnd(terminal, session, restoreRuns, run);
    }),
  );
}

/** Before the switch everything is as it was; after it the restore is completed. */
const interruptedAt: Readonly<Record<ReachedStep, string>> = {
  request: 'before it began',
  preparation: 'before anything was replaced',
  switch: 'while it replaced what was live',
  undo: 'while it was undone',
  confirmation: 'while what it had kept was removed',
};

async function sayEnd<Event extends DomainEvent>(
  terminal: Terminal,
  { context }: Session,
  kind: ShownRunKind<Event>,
  run: InterruptedRun,
): Promise<void> {
  const [history = []] = await followRuns<Event, InterruptedRun>(context, [run], {
    kind,
    signal: new AbortController().signal,
  });
  const last = history.at(-1)?.event;
  if (!last) return;
  const line = kind.describe(last);
  terminal.remark(renderLine({ ...line, text: `${run.name}: ${line.text}` }));
}
