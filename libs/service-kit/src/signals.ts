/** The requests that a person or a supervisor makes by signals. */
export interface Signals {
  /** Aborted by the first SIGTERM or SIGINT; a second one ends the process at once. */
  readonly stop: AbortSignal;
  /** Restores the default effect of the signals. */
  release(): void;
}

const stopping = ['SIGTERM', 'SIGINT'] as const;

/** Listens from now on, so that even a long start can be stopped. @param onReload called at every SIGHUP */
export function catchSignals(onReload: () => void): Signals {
  const stop = new AbortController();
  const onStop = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Stopped(signal));
  };
  for (const signal of stopping) process.on(signal, onStop);
  process.on('SIGHUP', onReload);
  return {
    stop: stop.signal,
    release: () => {
      for (const signal of stopping) process.off(signal, onStop);
      process.off('SIGHUP', onReload);
    },
  };
}

/** The reason of `Signals.stop`. */
export class Stopped extends Error {
  readonly code = 'STOPPED';
  readonly retryable = true;
  readonly remedy = 'Start it again. What was in hand is taken up then.';
  constructor(signal: NodeJS.Signals) {
    super(`Stopped by ${signal}`);
    this.name = 'Stopped';
  }
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
