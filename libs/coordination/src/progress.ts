import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { encodeToken } from '@havun/event-store';

/** What a run may be doing: the first three in a backup, the others in a restore or a drill. */
const activities = ['archive', 'upload', 'verify', 'fetch', 'extract', 'import'] as const;

/**
 * The progress of one activity of a run: a backup, a restore or a drill. It is published over core NATS to whoever listens,
 * and not stored. It is not an event: nothing may be decided on it, and any of it may be lost.
 */
export interface RunProgress {
  readonly runId: string;
  readonly host: string;
  readonly project: string;
  readonly activity: (typeof activities)[number];
  /** For activities that work on one copy. */
  readonly storage?: string;
  readonly doneBytes: number;
  /** Absent where it is not known yet. May be an estimate. */
  readonly totalBytes?: number;
  readonly note?: string;
  /** Present while the activity waits for another attempt. */
  readonly retry?: {
    /** The attempt that failed, counted from 1. */
    readonly attempt: number;
    readonly of: number;
    readonly inMs: number;
    readonly failure: { readonly code: string; readonly message: string };
  };
}

/** At most five reports a second for each activity and storage of a run: enough for the eye. */
const intervalMs = 200;

/** Publishes progress, at a limited rate. The last report of a burst is always sent. */
export class ProgressPublisher {
  private readonly quiet = new Map<string, { latest?: RunProgress; readonly timer: NodeJS.Timeout }>();

  constructor(private readonly connection: NatsConnection) {}

  /** Never fails: work does not stop because progress can't be published. */
  report(progress: RunProgress): void {
    const key = JSON.stringify([progress.runId, progress.activity, progress.storage]);
    const waiting = this.quiet.get(key);
    if (waiting) waiting.latest = progress;
    else this.publish(key, progress);
  }

  /** Sends what is still held back. */
  close(): void {
    for (const { latest, timer } of this.quiet.values()) {
      clearTimeout(timer);
      if (latest) this.send(latest);
    }
    this.quiet.clear();
  }

  private publish(key: string, progress: RunProgress): void {
    this.send(progress);
    const timer = setTimeout(() => {
      const latest = this.quiet.get(key)?.latest;
      this.quiet.delete(key);
      if (latest) this.publish(key, latest);
    }, intervalMs);
    this.quiet.set(key, { timer });
  }

  private send(progress: RunProgress): void {
    if (this.connection.isClosed() || this.connection.isDraining()) return;
    this.connection.publish(subjectOf(progress.host, progress.runId), JSON.stringify(progress));
  }
}

export interface ProgressSubscription extends AsyncIterable<RunProgress> {
  stop(): void;
}

/** Progress from now on, of one run, one host or everything, until stopped. Malformed messages are ignored. */
export function subscribeProgress(
  connection: NatsConnection,
  of: { host?: string; runId?: string } = {},
): ProgressSubscription {
  const subscription = connection.subscribe(subjectOf(of.host, of.runId));
  return {
    [Symbol.asyncIterator]: () => readable(subscription),
    stop: () => {
      subscription.unsubscribe();
    },
  };
}

const subjectOf = (host?: string, runId?: string): string =>
  `havun.progress.${host === undefined ? '*' : encodeToken(host)}.${runId === undefined ? '*' : encodeToken(runId)}`;

async function* readable(subscription: Subscription): AsyncGenerator<RunProgress, void> {
  for await (const message of subscription) {
    const progress = progressIn(message.string());
    if (progress) yield progress;
  }
}

function progressIn(json: string): RunProgress | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isProgress(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProgress(value: unknown): value is RunProgress {
  if (typeof value !== 'object' || value === null) return false;
  const { runId, host, project, activity, storage, doneBytes, totalBytes, note, retry } = value as Record<
    keyof RunProgress,
    unknown
  >;
  return (
    [runId, host, project].every((text) => typeof text === 'string') &&
    activities.some((known) => known === activity) &&
    [storage, note].every((text) => text === undefined || typeof text === 'string') &&
    typeof doneBytes === 'number' &&
    (totalBytes === undefined || typeof totalBytes === 'number') &&
    (retry === undefined || isRetry(retry))
  );
}

function isRetry(value: unknown): boolean {
  const { attempt, of, inMs, failure } = (value ?? {}) as Record<string, unknown>;
  const { code, message } = (failure ?? {}) as Record<string, unknown>;
  return (
    [attempt, of, inMs].every((number) => typeof number === 'number') &&
    [code, message].every((text) => typeof text === 'string')
  );
}
