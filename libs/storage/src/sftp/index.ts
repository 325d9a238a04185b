import { FileStorage } from '../file-like/file-storage.js';
import type { StoragePort } from '../port.js';
import { SftpBackend } from './backend.js';
import { sftpConfigSchema } from './config.js';
import type { SftpConfig } from './config.js';

const defaultSilenceMs = 30_000;
const [minuteMs, hourMs] = [60_000, 3_600_000];

/** Whose connections count together, and for whom they are. */
export interface ConnectionSharing {
  /** A folder of this machine; the processes that name the same one share `max_connections`. */
  readonly folder: string;
  /** Which service or command has a connection, for those who wait for it. */
  readonly holder: string;
  /** Services leave one connection to the commands of a person. */
  readonly use: 'service' | 'command';
  /** How long a call waits for a connection; an hour in a service and a minute in a command unless given. */
  readonly patienceMs?: number;
  /** Told what is waited for, once in a wait that lasts. */
  readonly onWait?: (message: string) => void;
}

export interface SftpDeps {
  /** How long a server may stay silent while an answer is due, in milliseconds; 30,000 unless given. */
  readonly silenceMs?: number;
  /** Without it, this process counts its own connections only. */
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
