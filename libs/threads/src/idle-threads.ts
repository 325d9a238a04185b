import type { Program, Thread } from './thread.js';

/** How long an idle thread is kept: whoever opens one archive often opens the next. */
const KEPT_MS = 5000;

type AnyThread = Thread<unknown, unknown>;

/** Threads without a user at the moment. They do not keep the process alive. */
const idle = new Set<AnyThread>();

const isSame = (one: Program, other: Program): boolean => one.text === other.text && one.niceness === other.niceness;

/** Takes over a thread that has no work. */
export const keep = <Job, Result>(thread: Thread<Job, Result>): void => {
  const kept = thread as unknown as AnyThread;
  const timer = setTimeout(() => {
    if (idle.delete(kept)) void kept.stop();
  }, KEPT_MS);
  timer.unref();
  const gone = (): void => {
    idle.delete(kept);
    clearTimeout(timer);
  };
  kept.belongTo({ onAnswer: () => undefined, onEnd: gone });
  idle.add(kept);
};

/** A kept thread of this program, if there is one. */
export const takeKept = <Job, Result>(program: Program): Thread<Job, Result> | undefined => {
  for (const thread of idle) {
    if (!isSame(thread.program, program)) continue;
    idle.delete(thread);
    return thread as unknown as Thread<Job, Result>;
  }
  return undefined;
};
