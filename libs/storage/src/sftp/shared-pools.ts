import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { connect, type ConnectSettings } from './connect.js';
import type { Connection } from './connection.js';
import { HashCommand } from './hash-command.js';
import { HostSlots } from './host-slots.js';
import { ConnectionPool, type PoolMember } from './pool.js';

export interface SharedPool {
  readonly hashCommand: HashCommand;
  use<T>(signal: AbortSignal | undefined, work: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Entry {
  readonly pool: ConnectionPool;
  readonly hashCommand: HashCommand;
}

/** The pools of this process. Storages with the same login share one, across services. */
const pools = new Map<string, Entry>();

/** @param folder where the processes of this machine share their connections; without it, they are not counted together */
export function joinPool(settings: ConnectSettings, member: PoolMember, folder: string | undefined): SharedPool {
  const key = keyOf(settings, folder);
  const entry = pools.get(key) ?? open(settings, folder);
  pools.set(key, entry);
  entry.pool.join(member);
  return {
    hashCommand: entry.hashCommand,
    use: (signal, work) => entry.pool.use(member, signal, work),
    close: async () => {
      const left = entry.pool.leave(member);
      if (entry.pool.isUnused && pools.get(key) === entry) pools.delete(key);
      await left;
    },
  };
}

function open(settings: ConnectSettings, folder: string | undefined): Entry {
  const { host, port, username, max_connections: max } = settings.config;
  const where = `${username}@${host}:${port}`;
  const slots = folder === undefined ? undefined : new HostSlots(join(folder, 'sftp', digest(where)), max);
  const pool = new ConnectionPool({ where, max, slots, connect: (signal) => connect(settings, signal) });
  return { pool, hashCommand: new HashCommand() };
}

function keyOf({ config, silenceMs }: ConnectSettings, folder: string | undefined): string {
  const { password, passphrase, path: _, ...login } = config;
  return digest(JSON.stringify([login, password?.reveal(), passphrase?.reveal(), silenceMs, folder]));
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
