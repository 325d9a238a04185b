import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsServerBinary } from '@havun/test-servers';
import { yearsProjects } from '../data/years.js';
import { runDriver } from '../peers/ours.js';

/** A machine with fifty tiny sites, a hot storage, and the log of its past. */
export interface YearsMachine {
  readonly dataDir: string;
  readonly configFile: string;
}

/** @param pastDataDir what it starts with, copied, and seen by every service; undefined for an empty log */
export async function furnish(folder: string, pastDataDir?: string): Promise<YearsMachine> {
  const dataDir = join(folder, 'data');
  await mkdir(join(folder, 'site', 'app'), { recursive: true });
  for (const name of ['index.js', 'package.json', 'clients.json', 'messages.json', 'app/one.js'])
    await writeFile(join(folder, 'site', name), `// ${name}\n`.repeat(20));
  await mkdir(join(folder, 'backups'), { recursive: true });
  if (pastDataDir === undefined) await mkdir(dataDir, { recursive: true });
  else {
    await cp(pastDataDir, dataDir, { recursive: true });
    await runDriver('caught-up', { binary: natsServerBinary, dataDir });
  }
  return { dataDir, configFile: join(folder, 'havun.yaml') };
}

/** The minute in which every project is due next, by its cron line: one that has just gone by, so that it is made up for. */
export async function configure({ dataDir, configFile }: YearsMachine, slot: Date): Promise<void> {
  const folder = join(dataDir, '..');
  const schedule = `${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`;
  const project = {
    type: 'nodejs-app',
    schedule,
    paths: { root: join(folder, 'site') },
    encryption: { enabled: true, password: 'a password for the bench' },
  };
  const config = {
    data_dir: dataDir,
    timezone: 'UTC',
    nats: { url: 'embedded', server_binary: natsServerBinary },
    storage: { local: { path: join(folder, 'backups') } },
    drill: { enabled: false },
    projects: Object.fromEntries(Array.from({ length: yearsProjects }, (_, index) => [`project-${index}`, project])),
  };
  await writeFile(configFile, JSON.stringify(config));
}
