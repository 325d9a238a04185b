import type { RunProgress } from '@havun/coordination';
import type { DomainEvent, RecordedEvent } from '@havun/domain';
import { followRuns, type FollowedRun } from '@havun/use-cases';
import { LiveProgress } from '../output/live-progress.js';
import { renderLine } from '../output/run-lines.js';
import { indent, type Terminal } from '../terminal.js';
import type { ShownRunKind } from './run-kinds.js';
import type { Session } from './session.js';

export interface WatchedRun extends FollowedRun {
  readonly project: string;
  /** The command to follow it with from another terminal, if there is one. */
  readonly followWith?: string;
}

export interface WatchOptions<Event extends DomainEvent> {
  readonly terminal: Terminal;
  readonly kind: ShownRunKind<Event>;
  readonly runs: readonly WatchedRun[];
  /** Also shows this progress, of other runs. */
  readonly alsoShown?: (progress: RunProgress) => boolean;
  readonly onEvent?: (event: Event, live: LiveProgress) => void;
  /** Ends the watching with its reason, which is then thrown. */
  readonly patience?: AbortSignal;
}

/** The events of each run, to its end; undefined where Ctrl-C has ended the watching. */
export type Watched<Event extends DomainEvent> = readonly (readonly RecordedEvent<Event>[])[] | undefined;

/** Shows what runs do, as lines and bars, until all are over. */
export async function watchRuns<Event extends DomainEvent>(
  session: Session,
  { terminal, kind, runs, alsoShown = () => false, onEvent, patience }: WatchOptions<Event>,
): Promise<Watched<Event>> {
  const interrupt = new AbortController();
  const ids = new Set(runs.map(({ stream }) => stream.id));
  const live = new LiveProgress(
    session.context.connection,
    terminal,
    (progress) => ids.has(progress.runId) || alsoShown(progress),
  );
  const forgetInterrupts = onInterrupt(session, { noun: kind.noun, runs, live, interrupt });
  const show = (event: Event, { stream, project }: WatchedRun): void => {
    if (event.type !== kind.request) showEvent(live, kind, project, event);
    const activity = kind.ends[event.type as Event['type']];
    if (activity !== undefined) live.finish(stream.id, activity);
    onEvent?.(event, live);
  };
  try {
    const histories = await followRuns<Event, WatchedRun>(session.context, runs, {
      kind,
      signal: patience ? AbortSignal.any([interrupt.signal, patience]) : interrupt.signal,
      onEvent: show,
      onEnd: ({ stream }) => {
        live.finish(stream.id);
      },
    });
    if (!interrupt.signal.aborted) patience?.throwIfAborted();
    return interrupt.signal.aborted ? undefined : histories;
  } finally {
    forgetInterrupts();
    live.stop();
  }
}

function showEvent<Event extends DomainEvent>(
  live: LiveProgress,
  { describe }: ShownRunKind<Event>,
  project: string,
  event: Event,
): void {
  const line = describe(event);
  live.line(renderLine({ ...line, text: `${project}: ${line.text}` }));
  if (line.remedy !== undefined) live.line(indent(line.remedy, 2, 100));
}

interface Interruptible {
  readonly noun: string;
  readonly runs: readonly WatchedRun[];
  readonly live: LiveProgress;
  readonly interrupt: AbortController;
}

/** Ctrl-C stops the watching and not the run. Where the run is in this process, a second Ctrl-C ends it. */
function onInterrupt({ holdsStack }: Session, { noun, runs, live, interrupt }: Interruptible): () => void {
  let asked = false;
  const commands = runs.flatMap(({ followWith }) => followWith ?? []).join(' ; ');
  const listener = (): void => {
    if (!holdsStack) {
      live.line(`The ${noun} goes on.${commands === '' ? '' : ` Follow it with: ${commands}`}`);
      interrupt.abort();
    } else if (asked) {
      process.exit(130);
    } else {
      asked = true;
      live.line(
        `The ${noun} goes on in this process (${process.pid}) until it has ended${commands === '' ? '' : `; follow it elsewhere with: ${commands}`}\n` +
          `Ctrl-C again ends this process now: the ${noun} is then taken up again when a stack is next brought up.`,
      );
    }
  };
  process.on('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}
