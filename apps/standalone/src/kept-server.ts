import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreError, type NatsServer } from '@havun/event-store';

/** The delays before a server that has ended is restarted. If it ends again after the last, it is given up. */
const defaultBackoffMs = [0, 500, 2_000, 5_000, 15_000];
/** A server that has run for this long counts as recovered: its next end is a first one again. */
const provenMs = 120_000;
/** A hanging server does not end by itself. A busy one may miss a ping too, so one missed ping means nothing. */
const defaultPings = { everyMs: 10_000, withinMs: 10_000, misses: 3 } as const satisfies Pings;

interface Pings {
  readonly everyMs: number;
  readonly withinMs: number;
  readonly misses: number;
}

export interface KeptServerOptions {
  /** Starts the server. `port` is its previous one, so that clients find it again. */
  readonly start: (port: number | undefined, signal: AbortSignal) => Promise<NatsServer>;
  /** Called when the server has ended by itself, with the reason, and when it is back. */
  readonly onDown: (what: string) => Promise<void>;
  readonly onBack: (server: NatsServer) => Promise<void>;
  /** Asks the server for an answer. @throws where none came within `withinMs` */
  readonly ping: (server: NatsServer, withinMs: number) => Promise<void>;
  /** How often it is asked, how long an answer may take, and after how many in a row that stay away the server is killed. */
  readonly pings?: Pings;
  readonly backoffMs?: readonly number[];
}

/**
 * A nats-server that is restarted, on its port and with its data, whenever it ends without being told to. One that hangs is
 * killed first.
 */
export class KeptServer {
  /** Settles, with the reason, when the server is given up; never where it is stopped. */
  readonly lost: Promise<EventStoreError>;
  private readonly stopping = new AbortController();
  private readonly keeping: Promise<EventStoreError | undefined>;
  private attempt = 0;
  private startedAt = performance.now();

  private constructor(
    private server: NatsServer,
    private readonly options: KeptServerOptions,
  ) {
    this.keeping = this.keep();
    this.lost = new Promise((resolve) => {
      void this.keeping.then((failure) => {
        if (failure) resolve(failure);
      });
    });
  }

  /** @throws what the first start throws: a server that never ran is not restarted */
  static async start(options: KeptServerOptions, signal: AbortSignal): Promise<KeptServer> {
    return new KeptServer(await options.start(undefined, signal), options);
  }

  get current(): NatsServer {
    return this.server;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.keeping;
    await this.server.stop();
  }

  /** @returns why it is given up, if it is */
  private async keep(): Promise<EventStoreError | undefined> {
    const { signal } = this.stopping;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    for (;;) {
      const end = await this.untilEnded(stopped);
      if (signal.aborted) return undefined;
      const failure = await this.startAgain(end, signal);
      if (failure) return failure;
    }
  }

  /** @returns how the server has ended; one that hangs is killed. */
  private async untilEnded(stopped: Promise<void>): Promise<string> {
    const { server } = this;
    const who = `nats-server (process ${server.pid})`;
    const watch = new AbortController();
    const exited = server.exited.catch(() => undefined);
    try {
      const hung = await Promise.race([exited, stopped, this.untilHung(server, watch.signal)]);
      if (hung === undefined) return `${who} has ended by itself`;
      signalTo(server.pid, 'SIGKILL');
      await exited;
      return `${who} has not answered for ${hung} s, and was killed`;
    } finally {
      watch.abort();
    }
  }

  /** @returns for how many seconds it has not answered. Never where the signal ends the watch. */
  private async untilHung(server: NatsServer, signal: AbortSignal): Promise<number> {
    const { ping, pings: { everyMs, withinMs, misses } = defaultPings } = this.options;
    let [missed, answeredAt] = [0, performance.now()];
    while (missed < misses) {
      await sleep(everyMs, undefined, { signal }).catch(() => new Promise(() => undefined));
      await ping(server, withinMs).then(
        () => {
          [missed, answeredAt] = [0, performance.now()];
        },
        () => (missed += 1),
      );
    }
    return Math.round((performance.now() - answeredAt) / 1000);
  }

  private async startAgain(end: string, signal: AbortSignal): Promise<EventStoreError | undefined> {
    const { start, onDown, onBack, backoffMs = defaultBackoffMs } = this.options;
    if (performance.now() - this.startedAt > provenMs) this.attempt = 0;
    let reason: unknown = new Error(end);
    for (;;) {
      const waitMs = backoffMs[this.attempt++];
      if (waitMs === undefined) return givenUp(backoffMs.length, reason);
      try {
        await onDown(`${messageOf(reason)}; it is started again${waitMs === 0 ? '' : ` in ${waitMs / 1000} s`}`);
        await sleep(waitMs, undefined, { signal });
        this.server = await start(this.server.port, signal);
        this.startedAt = performance.now();
        await onBack(this.server);
        return undefined;
      } catch (error) {
        if (signal.aborted) return undefined;
        reason = error;
      }
    }
  }
}

/** One that has ended is as good. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const givenUp = (times: number, cause: unknown): EventStoreError =>
  new EventStoreError(
    'NATS_SERVER_FAILED',
    `nats-server keeps ending, and was restarted ${times} times: ${messageOf(cause)}`,
    'Look in nats-server.log and at the disk under data_dir, and at what may kill it (out of memory: journalctl -k). Then start the stack again; nothing that was acknowledged is lost.',
    { cause },
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
