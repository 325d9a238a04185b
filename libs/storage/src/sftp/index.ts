import { FileStorage } from '../file-like/file-storage.js';
import type { StoragePort } from '../port.js';
import { SftpBackend } from './backend.js';
import { sftpConfigSchema } from './config.js';
import type { SftpConfig } from './config.js';

const defaultSilenceMs = 30_000;
const [minuteMs, hourMs] = [60_000, 3_600_000];

/** Which connections are counted together, and who uses them. */
export interface ConnectionSharing {
  /** A folder of this machine; the processes that name the same one share `max_connections`. */
  readonly folder: string;
  /** The service or command that holds a connection, shown to those who wait for it. */
  readonly holder: string;
  /** Services leave one connection free for a person's commands. */
  readonly use: 'service' | 'command';
  /** How long a call waits for a connection: by default an hour in a service and a minute in a command. */
  readonly patienceMs?: number;
  /** Told what a call waits for, once per longer wait. */
  readonly onWait?: (message: string) => void;
}

export interface SftpDeps {
  /** How long a server may stay silent while an answer is due, in milliseconds; 30,000 by default. */
  readonly silenceMs?: number;
  /** Without it, this process counts only its own connections. */
  readonly sharing?: ConnectionSharing;
}

/** Backups on an SFTP server, such as a Hetzner Storage Box. */
export const sftpStorage = {
  type: 'sftp',
  configSchema: sftpConfigSchema,
  create: (name: string, config: SftpConfig, { silenceMs = defaultSilenceMs, sharing }: SftpDeps): StoragePort => {
    const { folder, holder = name, use = 'service', onWait } = sharing ?? {};
    const patienceMs = sharing?.patienceMs ?? (use === 'command' ? minuteMs : hourMs);
    const member = { holder, use, patienceMs, onWait };
    return new FileStorage(new SftpBackend(name, { config, silenceMs, member, sharedIn: folder }));
  },
} as const;
