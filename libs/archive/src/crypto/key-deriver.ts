/**
 * Keys for many entries. A few come from OpenSSL on the thread pool. For many, threads start that derive in SIMD lanes at a
 * quarter of that cost; they prove themselves against OpenSSL first, and where they fail, OpenSSL goes on alone.
 */
import { timingSafeEqual } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { LANES_LAYOUT, LANES_RESULT_BYTES, LANES_SALT_BYTES, lanesKey, lanesModule } from './pbkdf2-lanes.js';
import { deriveKeys, freshSalt, ITERATIONS, KEY_MATERIAL_BYTES, keysFrom, type EntryKeys } from './winzip-aes.js';

/** Starting threads costs about as much as they save on twice as many keys. */
const FEW = 64;
/** Salts for one message to a thread: messages are dear, and this is 4 ms of work. */
const BATCH = 16;
/** How long fewer than that wait for more to come. */
const PATIENCE_MS = 2;
/** What libuv's pool has by default. */
const POOL_THREADS = 4;

/** Runs in the thread. As text, so that it needs no file of its own in a bundle. */
const PROGRAM = `
const { parentPort, workerData: { module, key, layout, saltBytes, resultBytes } } = require('node:worker_threads');
const { memory, derive } = new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
const bytes = new Uint8Array(memory.buffer);
bytes.set(key, layout.key);
parentPort.on('message', (salts) => {
  const count = salts.length / saltBytes;
  bytes.set(salts, layout.salts);
  derive(count);
  parentPort.postMessage(bytes.slice(layout.results, layout.results + count * resultBytes));
});`;

/** Made once, as it takes some milliseconds. */
let ownModule: Uint8Array | undefined;

export interface KeyDeriverOptions {
  parallelism: number;
  /** Keys to take from OpenSSL before threads are started. */
  few?: number;
  /** What the threads run, in place of `lanesModule`. */
  module?: Uint8Array;
}

const startWorker = (password: string, module: Uint8Array): Worker => {
  const workerData = {
    module,
    key: lanesKey(password),
    layout: LANES_LAYOUT,
    saltBytes: LANES_SALT_BYTES,
    resultBytes: LANES_RESULT_BYTES,
  };
  const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };
  return new Worker(PROGRAM, { eval: true, workerData, env: {}, execArgv: [], resourceLimits, name: 'key derivation' });
};

interface Request {
  salt: Buffer;
  resolve: (keys: EntryKeys) => void;
  reject: (error: unknown) => void;
}

/** One thread. Holds the process only while it works. */
class LaneThread {
  private readonly worker: Worker;
  private readonly batches: Request[][] = [];

  constructor(
    password: string,
    module: Uint8Array,
    private readonly onIdle: (thread: LaneThread) => void,
    /** Called once; with what the thread leaves undone. */
    private readonly onEnd: (thread: LaneThread, undone: Request[]) => void,
  ) {
    this.worker = startWorker(password, module);
    this.worker.unref();
    this.worker.on('message', (results: Uint8Array) => {
      this.settle(results);
    });
    // An exit follows.
    this.worker.on('error', () => undefined);
    this.worker.on('exit', () => {
      this.onEnd(this, this.batches.splice(0).flat());
    });
  }

  /** Takes a second batch while the first is under way, so that the thread never waits for this one. */
  get ready(): boolean {
    return this.batches.length < 2;
  }

  send(batch: Request[]): void {
    this.batches.push(batch);
    this.worker.ref();
    this.worker.postMessage(Buffer.concat(batch.map(({ salt }) => salt)));
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(results: Uint8Array): void {
    const batch = this.batches.shift() ?? [];
    if (this.batches.length === 0) this.worker.unref();
    batch.forEach(({ salt, resolve }, i) => {
      const material = results.subarray(i * LANES_RESULT_BYTES, i * LANES_RESULT_BYTES + KEY_MATERIAL_BYTES);
      resolve(keysFrom(salt, Buffer.from(material)));
    });
    this.onIdle(this);
  }
}

const sameKeys = (one: EntryKeys, other: EntryKeys): boolean =>
  timingSafeEqual(one.aes, other.aes) &&
  timingSafeEqual(one.mac, other.mac) &&
  timingSafeEqual(one.verifier, other.verifier);

/** The keys of one archive's entries. `close` it to end its threads; what is under way is finished by OpenSSL. */
export class KeyDeriver {
  private readonly threads = new Set<LaneThread>();
  private readonly proven = new Set<LaneThread>();
  private waiting: Request[] = [];
  private patience: NodeJS.Timeout | undefined;
  private starting: Promise<unknown> = Promise.resolve();
  private asked = 0;
  private pooled = 0;

  constructor(
    private readonly password: string,
    private readonly options: KeyDeriverOptions,
  ) {}

  derive(salt: Buffer): Promise<EntryKeys> {
    if (this.asked++ === (this.options.few ?? FEW)) this.startThreads();
    return new Promise<EntryKeys>((resolve, reject) => {
      this.waiting.push({ salt, resolve, reject });
      if (this.proven.size === 0 || this.waiting.length >= BATCH) this.deal();
      else
        this.patience ??= setTimeout(() => {
          this.deal();
        }, PATIENCE_MS);
    });
  }

  /** How many threads derive now. */
  get lanes(): number {
    return this.proven.size;
  }

  /** Resolves when each thread that was started is at work, or was given up. */
  async started(): Promise<void> {
    await this.starting;
  }

  async close(): Promise<void> {
    await Promise.all([...this.threads].map((thread) => thread.stop()));
  }

  private startThreads(): void {
    const module = this.options.module ?? (ownModule ??= lanesModule(ITERATIONS));
    for (let i = 0; i < this.options.parallelism; i++) {
      const thread = this.startThread(module);
      if (thread) this.threads.add(thread);
    }
    this.starting = Promise.all([...this.threads].map((thread) => this.prove(thread).catch(() => thread.stop())));
  }

  /** Undefined where the system gives no more threads. */
  private startThread(module: Uint8Array): LaneThread | undefined {
    const onIdle = (): void => {
      if (!this.patience) this.deal();
    };
    const onEnd = (thread: LaneThread, undone: Request[]): void => {
      this.forget(thread, undone);
    };
    try {
      return new LaneThread(this.password, module, onIdle, onEnd);
    } catch {
      return undefined;
    }
  }

  /** A key that nobody can derive again would make an entry that nobody can read. */
  private async prove(thread: LaneThread): Promise<void> {
    const salt = freshSalt();
    const expected = await deriveKeys(this.password, salt);
    if (!this.threads.has(thread)) return;
    const keys = await new Promise<EntryKeys>((resolve, reject) => {
      thread.send([{ salt, resolve, reject }]);
    });
    if (!this.threads.has(thread)) return;
    if (sameKeys(keys, expected)) this.proven.add(thread);
    else await thread.stop();
  }

  /** Gives out what waits: to the threads if there are any at work, else to the pool. */
  private deal(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    if (this.proven.size === 0) this.dealToPool();
    for (const thread of this.proven) {
      if (this.waiting.length === 0) return;
      if (thread.ready) thread.send(this.waiting.splice(0, BATCH));
    }
  }

  private dealToPool(): void {
    for (const { salt, resolve, reject } of this.waiting.splice(0, POOL_THREADS - this.pooled)) {
      this.pooled++;
      const ended = (): void => {
        this.pooled--;
        if (!this.patience) this.deal();
      };
      deriveKeys(this.password, salt).then(resolve, reject).finally(ended);
    }
  }

  private forget(thread: LaneThread, undone: Request[]): void {
    this.threads.delete(thread);
    this.proven.delete(thread);
    this.waiting.unshift(...undone);
    this.deal();
  }
}
