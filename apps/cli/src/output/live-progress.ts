import { MultiBar, type SingleBar } from 'cli-progress';
import type { NatsConnection } from '@nats-io/transport-node';
import { subscribeProgress, type ProgressSubscription, type RunProgress } from '@havun/coordination';
import { indentedLines, printable } from '@havun/text';
import { mark, shown, type Terminal } from '../terminal.js';
import { formatBytes, formatDuration } from './format.js';

const activityWords = {
  archive: 'archive',
  upload: 'upload to',
  verify: 'verify in',
  fetch: 'fetch from',
  extract: 'extract',
  import: 'import',
} as const;

/** Live progress: bars on a terminal; where the output is a file, only the waits are printed. */
export class LiveProgress {
  private readonly subscription: ProgressSubscription;
  private readonly bars: MultiBar | undefined;
  private readonly byActivity = new Map<string, { bar: SingleBar; begunAt: number }>();

  constructor(
    connection: NatsConnection,
    private readonly terminal: Terminal,
    private readonly isShown: (progress: RunProgress) => boolean,
  ) {
    this.bars = terminal.interactive
      ? new MultiBar({
          format: '  {label} {bar} {percentage}%  {done} of {whole}  {left}',
          barsize: 20,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
          clearOnComplete: true,
          forceRedraw: true,
          stream: process.stderr,
        })
      : undefined;
    this.subscription = subscribeProgress(connection);
    void this.listen();
  }

  /** Prints a line above the bars. */
  line(text: string): void {
    if (this.bars) this.bars.log(shown(`${text}\n`));
    else this.terminal.remark(text);
  }

  /** Removes the bars of one activity, or all of a run's. */
  finish(runId: string, activity = ''): void {
    for (const [key, { bar }] of this.byActivity) {
      if (!key.startsWith(`${runId} ${activity}`)) continue;
      this.bars?.remove(bar);
      this.byActivity.delete(key);
    }
  }

  stop(): void {
    this.subscription.stop();
    this.bars?.stop();
  }

  private async listen(): Promise<void> {
    for await (const progress of this.subscription) {
      if (this.isShown(progress)) this.show(progress);
    }
  }

  private show(progress: RunProgress): void {
    const { activity, storage, project, retry } = progress;
    const label = printable(`${project}: ${activityWords[activity]}${storage === undefined ? '' : ` ${storage}`}`);
    if (retry) {
      const { attempt, of, inMs, failure } = retry;
      this.line(
        `${mark('warning')} ${label}: ${indentedLines(failure.message)} [${failure.code}]; attempt ${attempt} of ${of}, the next in ${formatDuration(inMs / 1000)}`,
      );
      return;
    }
    if (this.bars) this.draw(this.bars, progress, label);
  }

  private draw(bars: MultiBar, { runId, activity, storage, doneBytes, totalBytes }: RunProgress, label: string): void {
    // The total of an archive is an estimate: the size of the dump is not known beforehand.
    const total = Math.max(totalBytes ?? 0, doneBytes, 1);
    const key = `${runId} ${activity} ${storage ?? ''}`;
    const drawn = this.byActivity.get(key) ?? { bar: bars.create(total, 0, {}), begunAt: performance.now() };
    this.byActivity.set(key, drawn);
    const seconds = (performance.now() - drawn.begunAt) / 1000;
    const left = doneBytes > 0 ? `${formatDuration((seconds * (total - doneBytes)) / doneBytes)} left` : '';
    drawn.bar.setTotal(total);
    drawn.bar.update(doneBytes, { label, done: formatBytes(doneBytes), whole: formatBytes(total), left });
  }
}
