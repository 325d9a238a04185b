import { failed, skipped } from '../file-like/check.js';
import type { StorageError } from '../error.js';
import type { CheckFinding, CheckName } from '../port.js';
import type { Backend, Session } from '../file-like/session.js';
import { connect } from './connect.js';
import type { ConnectSettings } from './connect.js';
import { HashCommand } from './hash-command.js';
import { ConnectionPool } from './pool.js';
import { SftpSession } from './session.js';

/** A folder on an SFTP server: one session is one connection of the pool. */
export class SftpBackend implements Backend {
  readonly type = 'sftp';
  readonly hashesOnServer = true;
  private readonly pool: ConnectionPool;
  private readonly hashCommand = new HashCommand();

  constructor(
    readonly name: string,
    private readonly settings: ConnectSettings,
  ) {
    this.pool = new ConnectionPool(settings.config.max_connections, (signal) => connect(settings, signal));
  }

  session<T>(signal: AbortSignal | undefined, use: (session: Session) => Promise<T>): Promise<T> {
    return this.pool.use(signal, (connection) =>
      use(new SftpSession(connection, this.settings.config.path, this.hashCommand)),
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

  async close(): Promise<void> {
    this.pool.close();
    return Promise.resolve();
  }
}
