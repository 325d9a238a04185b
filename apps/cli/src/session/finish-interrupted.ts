import { isRestoreEnded, type DomainEvent, type StreamId } from '@havun/domain';
import { restoresOf, type KnownRestore } from '@havun/use-cases';
import type { HavunConfig } from '@havun/config';
import { renderLine } from '../output/run-lines.js';
import { mark, type Terminal } from '../terminal.js';
import { followRun } from './follow-run.js';
import { backupRuns, restoreRuns, type RunKind } from './run-kinds.js';
import type { Session } from './session.js';

interface Context {
  readonly config: HavunConfig;
  readonly terminal: Terminal;
}

/**
 * Waits for the runs of this machine that a killed process has left: the stack that this command has brought up takes
 * them up again, and would end in the middle of them. A machine that lives by its crontab has no other stack.
 */
export async function finishInterrupted(context: Context, session: Session): Promise<void> {
  await Promise.all([finishBackups(context, session), finishRestores(context, session)]);
}

async function finishBackups({ config, terminal }: Context, session: Session): Promise<void> {
  const { queries } = await session.readModel();
  const interrupted = (await queries.runningBackups()).filter(({ host }) => host === config.host);
  await Promise.all(
    interrupted.map(async ({ id, name, host }) => {
      terminal.remark(`${mark('warning')} ${name} was interrupted, and is taken up again first`);
      await sayEnd(terminal, session, { kind: backupRuns, name, stream: { host, category: 'backup', id } });
    }),
  );
}

async function finishRestores({ config, terminal }: Context, session: Session): Promise<void> {
  const own = Object.entries(config.projects).filter(([, { host }]) => host === config.host);
  await Promise.all(
    own.map(async ([project]) => {
      for await (const restore of restoresOf(session.context, project)) {
        if (isRestoreEnded(restore.state)) continue;
        const { name, stream } = restore;
        terminal.remark(
          `${mark('warning')} ${name} was interrupted ${whereIn(restore.state)}, and is taken up again first`,
        );
        await sayEnd(terminal, session, { kind: restoreRuns, name, stream });
      }
    }),
  );
}

/** What a restore was at when its process died: before the switch all is as it was, after it the restore is completed. */
function whereIn(state: KnownRestore['state']): string {
  switch (state.status) {
    case 'requested':
      return 'before it began';
    case 'running':
      return state.switching ? 'while it replaced what was live' : 'before anything was replaced';
    case 'undoing':
      return 'while it was undone';
    case 'confirming':
      return 'while what it had kept was removed';
    default:
      return '';
  }
}

interface Run<Event extends DomainEvent> {
  readonly kind: RunKind<Event>;
  readonly name: string;
  readonly stream: StreamId;
}

async function sayEnd<Event extends DomainEvent>(
  terminal: Terminal,
  { context }: Session,
  { kind, name, stream }: Run<Event>,
): Promise<void> {
  let last: Event | undefined;
  const options = { isOver: kind.isOver, signal: new AbortController().signal };
  for await (const { event } of followRun<Event>(context, stream, options)) last = event;
  if (!last) return;
  const line = kind.describe(last);
  terminal.remark(renderLine({ ...line, text: `${name}: ${line.text}` }));
}
