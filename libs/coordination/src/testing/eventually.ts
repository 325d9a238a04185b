import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a condition holds. The time limit of the test ends the wait. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}
