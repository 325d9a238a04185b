import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { CONFIG, isAlive } from '@havun/service-kit';

const ownName = /^runner-(\d+)$/;

/**
 * The folder of this runner for files that live as long as a database client: its credentials. A runner that was killed
 * could not clean up after itself, so the next one does.
 */
@Injectable()
export class ScratchFolder implements OnModuleInit, OnApplicationShutdown {
  private readonly parent: string;
  readonly path: string;

  constructor(@Inject(CONFIG) { data_dir: dataDir }: HavunConfig) {
    this.parent = join(dataDir, 'tmp');
    this.path = join(this.parent, `runner-${process.pid}`);
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.parent)) {
      const pid = ownName.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid)))
        await rm(join(this.parent, name), { recursive: true, force: true });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
