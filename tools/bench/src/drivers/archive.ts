/** Archives a folder as the runner does: through the source's walk, with a passphrase and defaults for everything else. */
import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { writeArchive } from '@havun/archive';
import { createSource } from '@havun/sources';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface ArchiveInput {
  folder: string;
  archive: string;
  password: string;
  level?: number;
  parallelism?: number;
}

/** Milliseconds between samples. The histogram records the time between two samples, which includes this. */
const resolution = 5;

const { folder, archive, password, level, parallelism } = driverInput() as ArchiveInput;
const opened = await createSource({
  name: 'bench',
  type: 'laravel-package',
  paths: { root: folder },
  include: { database: false, config: false, git: false, files: await readdir(folder) },
}).open();
const delay = monitorEventLoopDelay({ resolution });
const before = performance.eventLoopUtilization();
delay.enable();
const seconds = await timed(async () => {
  await writeArchive({
    path: archive,
    password,
    entries: opened.entries(),
    manifest: () => ({ ...opened.details() }),
    ...(level !== undefined && { level }),
    ...(parallelism !== undefined && { parallelism }),
  });
});
delay.disable();
await opened.close();
answer({
  seconds,
  eventLoopP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolution),
  eventLoopMaxMs: Math.max(0, delay.max / 1e6 - resolution),
  mainThreadBusy: performance.eventLoopUtilization(before).utilization,
});
