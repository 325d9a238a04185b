import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsServerBinary } from '@havun/test-servers';
import { runDriver } from '../peers/ours.js';
import { cacheFolder, type DataCache } from './data-set.js';

/** Raised when the same seed would give another log. */
const generation = '2';

export interface FilledLog {
  readonly backups: number;
  /** The `data_dir` of a stack that is down: its log, and its tables. */
  readonly dataDir: string;
}

/**
 * Logs of these many backups, ascending, each made from the one before it. Made the first time, found again afterwards:
 * copy them before a stack runs on them. What was half made is made anew.
 */
export async function* provideYears(cache: DataCache, sizes: readonly number[]): AsyncGenerator<FilledLog, void> {
  let before: FilledLog = { backups: 0, dataDir: '' };
  for (const backups of sizes) {
    const dataDir = join(cacheFolder(cache), `years-${generation}-${backups}`);
    const marker = `${dataDir}.complete`;
    if (!existsSync(marker)) {
      await rm(dataDir, { recursive: true, force: true });
      await mkdir(dataDir, { recursive: true });
      if (before.backups > 0) await cp(before.dataDir, dataDir, { recursive: true });
      const input = { binary: natsServerBinary, dataDir, seed: cache.seed, from: before.backups, to: backups };
      await runDriver('fill-years', input);
      await writeFile(marker, '');
    }
    before = { backups, dataDir };
    yield before;
  }
}
