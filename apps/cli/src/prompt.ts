import { createInterface } from 'node:readline/promises';

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY;

/**
 * Asks on standard error, so that an answer that goes to a file stays one.
 * @returns what was typed, without blanks around it; undefined where the person left with Ctrl-C or Ctrl-D
 */
export async function ask(question: string): Promise<string | undefined> {
  const left = new AbortController();
  const line = createInterface({ input: process.stdin, output: process.stderr });
  line.once('close', () => {
    left.abort();
  });
  try {
    return (await line.question(question, { signal: left.signal })).trim();
  } catch (error) {
    if (left.signal.aborted) return undefined;
    throw error;
  } finally {
    line.close();
  }
}
