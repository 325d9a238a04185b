import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FactoryProvider, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { isAlive } from './stack-file.js';
import { systemIds } from './system.js';
import { CONFIG } from './tokens.js';

const ownName = /^(?:runner|restorer)-(\d+)(?:-[0-9a-f]{8})?$/;

/**
 * A service's folder for files that live as long as a database client: its credentials. Each start of the service makes its own.
 * A service that was killed could not remove its folder, so the next start does.
 */
export class ScratchFolder implements OnModuleInit, OnApplicationShutdown {
  private readonly parent: string;
  readonly path: string;

  constructor({ data_dir: dataDir }: Pick<HavunConfig, 'data_dir'>, service: 'runner' | 'restorer') {
    this.parent = join(dataDir, 'tmp');
    this.path = join(this.parent, `${service}-${process.pid}-${systemIds.uuid().slice(0, 8)}`);
  }

  static of(service: 'runner' | 'restorer'): FactoryProvider<ScratchFolder> {
    return {
      provide: ScratchFolder,
      inject: [CONFIG],
      useFactory: (config: HavunConfig) => new ScratchFolder(config, service),
    };
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
