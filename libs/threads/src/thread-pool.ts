import { keep, takeKept } from './idle-threads.js';
import { Thread, type Program, type Request } from './thread.js';

export interface ThreadPoolOptions<Job, Result> {
  program: Program;
  /** The maximum number of threads; each starts when the others are busy. */
  width: number;
  /**
   * Does a job in the calling thread: a job too small for a thread, a job that a dead thread left, or any job where the system
   * gives no threads. So a job must be safe to repeat.
   */
  here: (job: Job) => Result | Promise<Result>;
}

/** Starting a thread costs about as much as this many light jobs. */
const FEW_LIGHT_JOBS = 2;
/** Jobs handed to a thread at a time: the present one and the next. */
const JOBS_AHEAD = 2;

/** Threads that all do one kind of work. `close` it once every job was answered. */
export class ThreadPool<Job, Result> {
  private readonly threads = new Set<Thread<Job, Result>>();
  private readonly waiting: Request<Job, Result>[] = [];
  private room: number;
  private lightJobs = 0;

  constructor(private readonly options: ThreadPoolOptions<Job, Result>) {
    this.room = options.width;
  }

  /** `light`: about a millisecond of work; the first few are done in the calling thread. */
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
    const threads = [...this.threads];
    const busy = threads.filter((thread) => thread.load > 0);
    for (const thread of threads) if (thread.load === 0) this.release(thread);
    await Promise.all(busy.map((thread) => thread.stop()));
  }

  private release(thread: Thread<Job, Result>): void {
    this.threads.delete(thread);
    keep(thread);
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

  /** An idle thread, else a new one, else the least busy one. Undefined when all are busy enough, and when there is none. */
  private choose(): Thread<Job, Result> | undefined {
    const [idlest] = [...this.threads].sort((a, b) => a.load - b.load);
    if (idlest?.load === 0) return idlest;
    if (this.threads.size < this.room) return this.start() ?? this.choose();
    return idlest && idlest.load < JOBS_AHEAD ? idlest : undefined;
  }

  private start(): Thread<Job, Result> | undefined {
    const { program } = this.options;
    try {
      const thread = takeKept<Job, Result>(program) ?? new Thread<Job, Result>(program);
      thread.belongTo({
        onAnswer: () => {
          this.deal();
        },
        onEnd: (ended, undone) => {
          this.forget(ended, undone);
        },
      });
      this.threads.add(thread);
      return thread;
    } catch {
      // The system gives no more threads, or there is no program.
      this.room = this.threads.size;
      return undefined;
    }
  }

  private forget(thread: Thread<Job, Result>, undone: Request<Job, Result>[]): void {
    this.threads.delete(thread);
    this.room = Math.min(this.room, this.threads.size);
    for (const request of undone) this.doHere(request);
    this.deal();
  }

  private doHere({ job, resolve, reject }: Request<Job, Result>): void {
    const work = async (): Promise<Result> => this.options.here(job);
    work().then(resolve, reject);
  }
}
