import { Worker } from 'node:worker_threads';
import { errorOf } from '../archive-error.js';
import type { Answer, ThreadSettings } from './serve.js';

export interface ThreadPoolOptions<Job, Result> extends ThreadSettings {
  name: string;
  /** The text of a module that calls `serve` with the same work as `here`. */
  program: string;
  /** The most threads there will be; each starts when the others have work. */
  width: number;
  /**
   * Does a job in this thread: what is not worth a thread, what a thread that died has left, and all of it where the system
   * gives no threads. So a job must bear being done twice.
   */
  here: (job: Job) => Result | Promise<Result>;
}

/** Starting a thread costs about as much as this many light jobs. */
const FEW_LIGHT_JOBS = 2;
/** A thread has its next job at hand when it has done one. */
const JOBS_AHEAD = 2;

interface Request<Job, Result> {
  job: Job;
  resolve: (result: Result | Promise<Result>) => void;
  reject: (error: unknown) => void;
}

/** One thread. It holds the process only while it works. */
class Thread<Job, Result> {
  readonly requests: Request<Job, Result>[] = [];
  private readonly worker: Worker;

  constructor(
    { name, program, niceness }: ThreadPoolOptions<Job, Result>,
    onIdle: () => void,
    onEnd: (thread: Thread<Job, Result>) => void,
  ) {
    const workerData: ThreadSettings = { niceness };
    const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };
    this.worker = new Worker(program, { eval: true, workerData, env: {}, execArgv: [], resourceLimits, name });
    this.worker.unref();
    this.worker.on('message', (answer: Answer<Result>) => {
      this.settle(answer);
      onIdle();
    });
    // An exit follows.
    this.worker.on('error', () => undefined);
    this.worker.on('exit', () => {
      onEnd(this);
    });
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
  }
}

/** Threads that all do one kind of work. `close` it when every job was answered. */
export class ThreadPool<Job, Result> {
  private readonly threads = new Set<Thread<Job, Result>>();
  private readonly waiting: Request<Job, Result>[] = [];
  private room: number;
  private lightJobs = 0;

  constructor(private readonly options: ThreadPoolOptions<Job, Result>) {
    this.room = options.width;
  }

  /** `light`: a millisecond's work or so; the first few are done here. */
  run(job: Job, light = false): Promise<Result> {
    return new Promise((resolve, reject) => {
      const request = { job, resolve, reject };
      if (light && this.threads.size === 0 && this.lightJobs++ < FEW_LIGHT_JOBS) {
        this.doHere(request);
        return;
      }
      this.waiting.push(request);
      this.deal();
    });
  }

  async close(): Promise<void> {
    this.room = 0;
    await Promise.all([...this.threads].map((thread) => thread.stop()));
  }

  private deal(): void {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      const thread = this.choose();
      if (!thread && this.threads.size > 0) return;
      this.waiting.shift();
      if (thread) thread.send(next);
      else this.doHere(next);
    }
  }

  /** An idle thread, else a new one, else the one with the least to do. Undefined when all have enough, and when there is none. */
  private choose(): Thread<Job, Result> | undefined {
    const [idlest] = [...this.threads].sort((a, b) => a.requests.length - b.requests.length);
    if (idlest?.requests.length === 0) return idlest;
    if (this.threads.size < this.room) return this.start() ?? this.choose();
    return idlest && idlest.requests.length < JOBS_AHEAD ? idlest : undefined;
  }

  private start(): Thread<Job, Result> | undefined {
    const onIdle = (): void => {
      this.deal();
    };
    const onEnd = (thread: Thread<Job, Result>): void => {
      this.forget(thread);
    };
    try {
      const thread = new Thread(this.options, onIdle, onEnd);
      this.threads.add(thread);
      return thread;
    } catch {
      // The system gives no more.
      this.room = this.threads.size;
      return undefined;
    }
  }

  private forget(thread: Thread<Job, Result>): void {
    this.threads.delete(thread);
    this.room = Math.min(this.room, this.threads.size);
    for (const request of thread.requests.splice(0)) this.doHere(request);
    this.deal();
  }

  private doHere({ job, resolve, reject }: Request<Job, Result>): void {
    const work = async (): Promise<Result> => this.options.here(job);
    work().then(resolve, reject);
  }
}
