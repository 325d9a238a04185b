import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf, type Failure } from './failure.js';

/** What a thread is started with. */
export interface ThreadSettings {
  /** What is added to the thread's niceness: 0 for none, 19 for the lowest priority. */
  niceness: number;
}

export type Answer<Result> = { result: Result } | { failure: Failure };

/** The thread's side of `ThreadPool`: does one job after another, and answers in order. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- it ties the jobs to the work, which takes nothing else
export const serve = <Job>(work: (job: Job) => unknown): void => {
  // If bundled by a tool that knows nothing of threads, the module runs in its importer.
  if (!parentPort) return;
  const port = parentPort;
  const { niceness } = workerData as ThreadSettings;
  // On Linux this is the niceness of the calling thread, not of its process (setpriority(2)).
  if (niceness > 0) setPriority(niceness);
  const answer = async (job: Job): Promise<Answer<unknown>> => {
    try {
      return { result: await work(job) };
    } catch (error) {
      return { failure: failureOf(error) };
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (job: Job) => {
    last = last.then(async () => {
      port.postMessage(await answer(job));
    });
  });
};
