import { getPriority } from 'node:os';
import { isMainThread, threadId } from 'node:worker_threads';

export type Sum = { add: [number, number] } | 'where' | 'refuse' | 'niceness' | 'end the thread';

/** Work whose result shows which thread did it. */
export const doSum = (job: Sum): unknown => {
  if (typeof job === 'object') return job.add[0] + job.add[1];
  if (job === 'where') return threadId;
  if (job === 'niceness') return getPriority();
  if (job === 'refuse') {
    const cause = new Error('told to');
    throw Object.assign(new Error('no', { cause }), { name: 'Refusal', code: 'REFUSED', remedy: 'Ask for less.' });
  }
  if (!isMainThread) process.exit(1);
  return 'still here';
};
