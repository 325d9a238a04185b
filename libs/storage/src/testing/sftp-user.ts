// A process with its own storage, to be killed. Arguments: JSON of the settings below.
import { createStorage, storageConfigSchema, type ConnectionSharing } from '../index.js';
import type { StoredFile } from '../port.js';

/** `hold`: opens `path` this many times, and keeps it open. `call`: stats it over and over, this many calls at once. */
export interface SftpUser {
  config: Record<string, unknown>;
  sharing: ConnectionSharing;
  path: string;
  hold?: number;
  call?: number;
  /** The total number of calls; without it, the process runs until it is killed. */
  calls?: number;
}

const { config, sharing, path, hold = 0, call = 0, calls = Infinity } = JSON.parse(process.argv[2]!) as SftpUser;
const storage = createStorage('hetzner', storageConfigSchema.parse(config), { sharing });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const open: StoredFile[] = [];
for (let i = 0; i < hold; i += 1) {
  open.push(await storage.openRead(path));
  say('holding');
}
let done = 0;
await Promise.all(
  Array.from({ length: call }, async () => {
    while (done < calls) {
      done += 1;
      await storage.stat(path);
      say('called');
    }
  }),
);
say('idle');
setInterval(() => undefined, 1_000);
