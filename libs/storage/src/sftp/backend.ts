import { failed, skipped } from '../file-like/check.js';
import type { StorageError } from '../error.js';
import type { CheckFinding, CheckName } from '../port.js';
import type { Backend, Session } from '../file-like/session.js';
import type { ConnectSettings } from './connect.js';
import type { PoolMember } from './pool.js';
import { SftpSession } from './session.js';
import { joinPool, type SharedPool } from './shared-pools.js';

export interface SftpSettings extends ConnectSettings {
  readonly member: PoolMember;
  /** Where the processes of this machine share their connections. */
  readonly sharedIn: string | undefined;
}

/** A folder on an SFTP server: one session is one connection of the pool. */
export class SftpBackend implements Backend {
  readonly type = 'sftp';
  readonly hashesOnServer = true;
  private readonly pool: SharedPool;

  constructor(
    readonly name: string,
    private readonly settings: SftpSettings,
  ) {
    this.pool = joinPool(settings, { ...settings.member }, settings.sharedIn);
  }

  session<T>(signal: AbortSignal | undefined, use: (session: Session) => Promise<T>): Promise<T> {
    return this.pool.use(signal, (connection) =>
      use(new SftpSession(connection, this.settings.config.path, this.pool.hashCommand)),
    );
  }

  connectionFindings(error?: StorageError): CheckFinding[] {
    const { host, port, username } = this.settings.config;
    const steps: [CheckName, string][] = [
      ['reachable', `${host}:${port} answers.`],
      ['host_key', 'The server shows a pinned host key.'],
      ['authentication', `"${username}" can log in and use SFTP.`],
    ];
    if (error === undefined) return steps.map(([name, detail]) => ({ name, status: 'ok', detail }));
    if (error.code === 'BAD_CONFIGURATION')
      return [...skipped(['reachable', 'host_key']), failed('authentication', error)];
    const stopped = { HOST_KEY_MISMATCH: 1, AUTHENTICATION_FAILED: 2 }[error.code as string] ?? 0;
    return steps.flatMap(([name, detail], index): CheckFinding[] => {
      if (index === stopped) return [failed(name, error)];
      return index < stopped ? [{ name, status: 'ok', detail }] : skipped([name]);
    });
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
