import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FactoryProvider, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { isAlive } from './stack-file.js';
import { systemIds } from './system.js';
import { CONFIG } from './tokens.js';

type ScratchService = 'runner' | 'restorer' | 'retention';

const ownName = /^(?:runner|restorer|retention)-(\d+)(?:-[0-9a-f]{8})?$/;

/**
 * A service's folder for files that live as long as what they are for: the credentials of a database client, a copy on its way to
 * another storage. Each start of the service makes its own. A service that was killed could not remove its folder, so the next
 * start does.
 */
export class ScratchFolder implements OnModuleInit, OnApplicationShutdown {
  private readonly parent: string;
  readonly path: string;

  constructor({ data_dir: dataDir }: Pick<HavunConfig, 'data_dir'>, service: ScratchService) {
    this.parent = join(dataDir, 'tmp');
    this.path = join(this.parent, `${service}-${process.pid}-${systemIds.uuid().slice(0, 8)}`);
  }

  static of(service: ScratchService): FactoryProvider<ScratchFolder> {
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
