/** Ends every wait of one run at once. (A race against one long-lived promise would leak a reaction for each wait.) */
export class Halt {
  /** Why the run was stopped; the first reason is kept. */
  reason: Error | undefined;
  private readonly waiting = new Set<(reason: Error) => void>();

  stop(reason: Error): void {
    if (this.reason) return;
    this.reason = reason;
    for (const reject of this.waiting) reject(reason);
    this.waiting.clear();
  }

  check(): void {
    if (this.reason) throw this.reason;
  }

  /** Settles as `promise` does, or rejects as soon as the run is stopped. */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.reason) reject(this.reason);
      else this.waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }
}

/** Registers work that runs beside the run and must have ended before the run returns. */
export class Tasks {
  private readonly running = new Set<Promise<void>>();

  track(task: Promise<unknown>): void {
    const settled: Promise<void> = task.then(
      () => void this.running.delete(settled),
      () => void this.running.delete(settled),
    );
    this.running.add(settled);
  }

  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}

/**
 * Iterates a caller's source in such a way that a stalled one can be left. Its `return()` is awaited, unless a `next()` is still
 * pending: a generator would answer only after that.
 */
export async function* haltable<T>(source: AsyncIterable<T>, halt: Halt): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  const state = { pending: false, done: false };
  const next = async (): Promise<IteratorResult<T>> => {
    state.pending = true;
    const result = await iterator.next().finally(() => (state.pending = false));
    state.done = result.done === true;
    return result;
  };
  try {
    for (;;) {
      const result = await halt.race(next());
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    if (!state.done) {
      const closing = Promise.resolve(iterator.return?.()).catch(() => undefined);
      if (!state.pending) await closing;
    }
  }
}
