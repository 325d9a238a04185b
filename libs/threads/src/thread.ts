import { Worker } from 'node:worker_threads';
import { errorOf } from './failure.js';
import type { Answer, ThreadSettings } from './serve.js';

export interface Program extends ThreadSettings {
  name: string;
  /** The text of a module that calls `serve`; '' where the build has not put it there. */
  text: string;
}

export interface Request<Job, Result> {
  job: Job;
  resolve: (result: Result | Promise<Result>) => void;
  reject: (error: unknown) => void;
}

interface Owner<Job, Result> {
  /** An answer came, so there is room for a request. */
  onAnswer: () => void;
  /** The thread has ended, leaving `undone` jobs. */
  onEnd: (thread: Thread<Job, Result>, undone: Request<Job, Result>[]) => void;
}

/** One thread, which does its requests in order. It keeps the process alive only while it works. */
export class Thread<Job, Result> {
  private readonly requests: Request<Job, Result>[] = [];
  private readonly worker: Worker;
  private owner: Owner<Job, Result> | undefined;

  /** Throws where the system gives no more threads, or there is no program. */
  constructor(readonly program: Program) {
    const { name, text, niceness } = program;
    if (text === '') throw new TypeError(`there is no program for threads of ${name}`);
    const workerData: ThreadSettings = { niceness };
    const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };
    this.worker = new Worker(text, { eval: true, workerData, env: {}, execArgv: [], resourceLimits, name });
    this.worker.unref();
    this.worker.on('message', (answer: Answer<Result>) => {
      this.settle(answer);
    });
    // The 'exit' event follows.
    this.worker.on('error', () => undefined);
    this.worker.on('exit', () => {
      this.owner?.onEnd(this, this.requests.splice(0));
    });
  }

  belongTo(owner: Owner<Job, Result> | undefined): void {
    this.owner = owner;
  }

  get load(): number {
    return this.requests.length;
  }

  send(request: Request<Job, Result>): void {
    this.requests.push(request);
    this.worker.ref();
    this.worker.postMessage(request.job);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(answer: Answer<Result>): void {
    const request = this.requests.shift();
    if (this.requests.length === 0) this.worker.unref();
    if ('result' in answer) request?.resolve(answer.result);
    else request?.reject(errorOf(answer.failure));
    this.owner?.onAnswer();
  }
}
