import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  readonly withinMs?: number;
  /** Describes the present state, for the error. */
  readonly context?: () => unknown;
}

/** Repeats the question until the answer is yes. An error counts as no: servers are down in these tests. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { withinMs = 90_000, context = () => '' }: UntilOptions = {},
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  let failure: unknown;
  for (;;) {
    try {
      if (await isSo()) return;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > giveUpAt) {
      const seen = context();
      throw new Error(
        `It did not come to this: ${what}\n${typeof seen === 'string' ? seen.slice(-4000) : JSON.stringify(seen, null, 1)}`,
        { cause: failure },
      );
    }
    await pause(20);
  }
}
