import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so. It is the test's own time limit that ends the wait. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}
