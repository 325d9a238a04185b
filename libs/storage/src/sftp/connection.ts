import type { Socket } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import type { StorageError } from '../error.js';
import { requestError, unreachable } from './errors.js';

interface ConnectionParts {
  client: Client;
  socket: Socket;
  sftp: SFTPWrapper;
  where: string;
  silenceMs: number;
}

interface Announced {
  _extensions?: Record<string, string>;
  _maxReadLen?: number;
  _maxWriteLen?: number;
}

/** Packets of 34,000 bytes, minus the packet's overhead (draft-ietf-secsh-filexfer-02, 3). */
const everyServerTakes = 31 * 1024;

/** How long a server has to answer when the connection is closed. */
const goodbyeMs = 2_000;

/** How ssh2 answers: with an error or a value. */
export type Answer<T> = (error: Error | null | undefined, value: T) => void;

/**
 * One SSH connection with its SFTP channel. ssh2 can drop a request without ever answering it, and a server can fall silent; here
 * every request ends: with its answer, or with `UNREACHABLE` when requests are pending and the server sends no answer for
 * `silenceMs`.
 */
export class Connection {
  readonly sftp: SFTPWrapper;
  private readonly due = new Set<(error: StorageError) => void>();
  private broken: StorageError | undefined;
  private watchdog: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ConnectionParts) {
    this.sftp = parts.sftp;
    parts.client.on('error', (error) => {
      this.breakWith(unreachable(parts.where, error.message, error));
    });
    const gone = (): void => {
      this.breakWith(unreachable(parts.where, 'the connection was lost'));
    };
    parts.client.on('close', gone);
    parts.sftp.on('close', gone);
    parts.sftp.on('end', gone);
    parts.sftp.on('error', gone);
  }

  get usable(): boolean {
    return this.broken === undefined;
  }

  /** Whether the server announced an extension of the protocol. */
  offers(extension: string): boolean {
    return this.announced._extensions?.[extension] !== undefined;
  }

  /**
   * Bytes of a file to read or write in one request: as many as the server takes, up to 128 KiB. Above the server's limit, ssh2
   * would send one piece after another. Larger requests cost less CPU per byte; above 128 KiB there is nothing more to gain.
   */
  get requestBytes(): number {
    const { _maxReadLen: read = everyServerTakes, _maxWriteLen: write = everyServerTakes } = this.announced;
    return Math.min(128 * 1024, read, write);
  }

  /** Sends one request. `doing` goes into the error message. `patienceMs` is for requests that may rightly take long, such as fsync. */
  request<T>(doing: string, send: (answer: Answer<T>) => void, patienceMs = this.parts.silenceMs): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.broken !== undefined) {
        reject(this.broken);
        return;
      }
      this.due.add(reject);
      this.watch(patienceMs);
      try {
        send((error, value) => {
          this.answered(reject);
          if (error) reject(this.broken ?? requestError(error, doing));
          else resolve(value);
        });
      } catch (error) {
        this.answered(reject);
        reject(requestError(error, doing));
      }
    });
  }

  /** Runs a command and gives what it printed, or undefined when the server refuses or the command fails. */
  async run(command: string, patienceMs: number): Promise<string | undefined> {
    const output = this.request<string>(
      `run "${command}"`,
      (answer) => {
        this.parts.client.exec(command, (error, stream) => {
          if (error) {
            answer(undefined, '');
            return;
          }
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.stderr.resume();
          stream.on('error', () => undefined); // reported by 'close'
          stream.on('close', (code: unknown) => {
            answer(undefined, code === 0 ? Buffer.concat(chunks).toString() : '');
          });
          // A forced command such as internal-sftp may run instead: it must not wait for input.
          stream.end();
        });
      },
      patienceMs,
    );
    return (await output) || undefined;
  }

  /** ssh2 keeps what the server announced in fields that its types leave out. */
  private get announced(): Announced {
    return this.sftp as unknown as Announced;
  }

  /** An idle connection does not keep the process alive. */
  setIdle(idle: boolean): void {
    if (idle) this.parts.socket.unref();
    else this.parts.socket.ref();
  }

  /** Closes the connection and waits until it has ended. A server that does not answer is dropped. */
  async end(): Promise<void> {
    this.setIdle(false);
    await new Promise<void>((resolve) => {
      const patience = setTimeout(() => this.parts.socket.destroy(), goodbyeMs);
      this.onGone(() => {
        clearTimeout(patience);
        resolve();
      });
      this.parts.client.end();
    });
  }

  /** Calls back, once, when the connection has ended. */
  onGone(listener: () => void): void {
    if (this.parts.socket.closed) listener();
    else this.parts.socket.once('close', listener);
  }

  /** Drops the connection at once. Requests in progress fail with `error`. */
  breakWith(error: StorageError): void {
    if (this.broken !== undefined) return;
    this.broken = error;
    clearTimeout(this.watchdog);
    this.parts.socket.destroy();
    for (const reject of this.due) reject(error);
    this.due.clear();
  }

  private watch(patienceMs: number): void {
    if (this.due.size > 1 && patienceMs === this.parts.silenceMs) return;
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.breakWith(unreachable(this.parts.where, `no answer for ${Math.round(patienceMs / 1000)} seconds`));
    }, patienceMs);
  }

  private answered(request: (error: StorageError) => void): void {
    this.due.delete(request);
    if (this.due.size === 0) clearTimeout(this.watchdog);
    else this.watchdog?.refresh();
  }
}
