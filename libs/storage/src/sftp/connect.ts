import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Client } from 'ssh2';
import type { ConnectConfig, SFTPWrapper } from 'ssh2';
import { StorageError } from '../error.js';
import { bundleWrites } from './bundle-writes.js';
import type { SftpConfig } from './config.js';
import { Connection } from './connection.js';
import { unreachable } from './errors.js';

export interface ConnectSettings {
  config: SftpConfig;
  silenceMs: number;
}

/**
 * Opens one SSH connection with an SFTP channel. The host key is compared with the pinned ones during the key exchange, so that nothing
 * secret is sent to a server that shows another. Throws `UNREACHABLE`, `HOST_KEY_MISMATCH`, `AUTHENTICATION_FAILED`, `BAD_CONFIGURATION`.
 */
export async function connect(settings: ConnectSettings, signal: AbortSignal | undefined): Promise<Connection> {
  const credentials = await credentialsOf(settings.config);
  signal?.throwIfAborted();
  const attempt = new Attempt(settings, credentials);
  const stop = (): void => {
    attempt.fail(new StorageError('ABORTED', 'Stopped on request.', 'Start it again.', { cause: signal?.reason }));
  };
  signal?.addEventListener('abort', stop, { once: true });
  const patience = setTimeout(() => {
    attempt.fail(attempt.silent());
  }, settings.silenceMs);
  try {
    return await attempt.connected;
  } finally {
    clearTimeout(patience);
    signal?.removeEventListener('abort', stop);
  }
}

/** The OpenSSH form of a host key's fingerprint, as `ssh-keygen -lf` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** One attempt to connect. It settles `connected` once, whatever ssh2 emits afterwards. */
class Attempt {
  readonly connected: Promise<Connection>;
  fail: (error: Error) => void = () => undefined;
  private readonly client = new Client();
  private readonly socket = new Socket();
  private readonly where: string;
  private refusedKey: StorageError | undefined;

  constructor(
    private readonly settings: ConnectSettings,
    credentials: Partial<ConnectConfig>,
  ) {
    const { host, port } = settings.config;
    this.where = `${host}:${port}`;
    this.connected = new Promise((resolve, reject) => {
      this.fail = (error) => {
        this.socket.destroy();
        reject(error);
      };
      this.listen(resolve);
      this.start(credentials);
    });
  }

  silent(): StorageError {
    return unreachable(this.where, `no answer for ${Math.round(this.settings.silenceMs / 1000)} seconds`);
  }

  private listen(resolve: (connection: Connection) => void): void {
    const { client, socket } = this;
    client.on('error', (error) => {
      this.fail(this.meaningOf(error));
    });
    client.on('close', () => {
      this.fail(this.refusedKey ?? unreachable(this.where, 'the server closed the connection'));
    });
    client.on('keyboard-interactive', (_name, _instructions, _lang, prompts, answer) => {
      const password = this.settings.config.password?.reveal() ?? '';
      answer(prompts.map(() => password));
    });
    client.on('ready', () => {
      client.sftp((error, sftp: SFTPWrapper) => {
        if (error) this.fail(noSftp(this.where, error));
        else resolve(new Connection({ client, socket, sftp, where: this.where, silenceMs: this.settings.silenceMs }));
      });
    });
  }

  private start(credentials: Partial<ConnectConfig>): void {
    const { settings, socket } = this;
    const { host, port, username } = settings.config;
    try {
      socket.setNoDelay(true);
      socket.connect({ host, port }); // first, because ssh2 takes a socket that is not connecting for a connected one
      bundleWrites(socket);
      this.client.connect({
        ...credentials,
        sock: socket,
        username,
        readyTimeout: 0, // the caller's own time limit covers opening the SFTP channel, too
        keepaliveInterval: Math.ceil(settings.silenceMs / 3),
        keepaliveCountMax: 2,
        hostVerifier: (key: Buffer) => this.isPinned(key),
      });
    } catch (error) {
      this.fail(badKey(settings.config, error));
    }
  }

  private isPinned(key: Buffer): boolean {
    const shown = fingerprintOf(key);
    const pinned = [this.settings.config.host_key].flat();
    if (pinned.includes(shown)) return true;
    this.refusedKey = hostKeyMismatch(this.where, keyType(key), shown, pinned);
    return false;
  }

  private meaningOf(error: Error & { level?: string }): StorageError {
    if (this.refusedKey !== undefined) return this.refusedKey;
    if (error.level === 'client-authentication') return loginRefused(this.where, this.settings.config, error);
    return unreachable(this.where, reasonOf(error), error);
  }
}

/** For a host name with several addresses, the error has one error for each, and no message of its own. */
function reasonOf(error: Error): string {
  const { errors = [error] } = error as Partial<AggregateError> as { errors?: Error[] };
  return errors.map((each) => each.message).join(', ');
}

async function credentialsOf(config: SftpConfig): Promise<Partial<ConnectConfig>> {
  const { private_key_file: keyFile, passphrase, password } = config;
  if (keyFile === undefined) {
    // Servers behind PAM often take the password only as the answer to a question.
    const authHandler: ConnectConfig['authHandler'] = ['password', 'keyboard-interactive'];
    return { password: password?.reveal() ?? '', tryKeyboard: true, authHandler };
  }
  const privateKey = await readKey(keyFile).catch((error: unknown) => {
    throw badKey(config, error);
  });
  return { privateKey, authHandler: ['publickey'], ...(passphrase && { passphrase: passphrase.reveal() }) };
}

/** Refuses what OpenSSH refuses: a key of this user that others can read is everybody's. */
async function readKey(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { uid, mode } = await file.stat();
    if (uid === process.getuid?.() && (mode & 0o077) !== 0)
      throw new Error(`others may read it (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 600 it`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function badKey(config: SftpConfig, cause: unknown): StorageError {
  const { message: why = String(cause) } = cause as Partial<Error>;
  const message = `Cannot use the private key ${config.private_key_file ?? ''}: ${why}.`;
  const remedy =
    'Check private_key_file and passphrase: try the key with "ssh-keygen -y -f" as the user that runs the backup.';
  return new StorageError('BAD_CONFIGURATION', message, remedy, { cause });
}

function loginRefused(where: string, config: SftpConfig, cause: Error): StorageError {
  const means = config.private_key_file === undefined ? 'the password' : `the key ${config.private_key_file}`;
  const message = `${where} refused to log in "${config.username}" with ${means}.`;
  const remedy =
    config.private_key_file === undefined
      ? 'Check username and password. Too many tries may have locked the account for a while.'
      : "Check username and key, and that the key's public half is installed on the server.";
  return new StorageError('AUTHENTICATION_FAILED', message, remedy, { cause });
}

function hostKeyMismatch(where: string, type: string, shown: string, pinned: readonly string[]): StorageError {
  const [host, port] = [where.slice(0, where.lastIndexOf(':')), where.slice(where.lastIndexOf(':') + 1)];
  const message = `${where} showed the host key ${shown} (${type}); pinned is ${pinned.join(' or ')}. No credentials were sent.`;
  const remedy =
    `Someone may be in between: don't accept the new key unseen. Ask the provider for the fingerprint of the ${type} key, or read it ` +
    `on the server itself, and compare it with "ssh-keyscan -p ${port} ${host} | ssh-keygen -lf -". Only then change host_key.`;
  return new StorageError('HOST_KEY_MISMATCH', message, remedy);
}

function noSftp(where: string, cause: Error): StorageError {
  const message = `${where} accepted the login but offers no SFTP: ${cause.message}.`;
  const remedy = 'Enable SFTP for this user; on a Hetzner Storage Box it is a setting in the console.';
  return new StorageError('BAD_CONFIGURATION', message, remedy, { cause });
}

/** An SSH key in wire format begins with its type as a string with a length (RFC 4253, 6.6). */
function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('ascii');
}
