import { digestOf, readFile, requireFile } from './digest.js';
import { moveFile } from './move.js';
import { downloadFile } from './download.js';
import { aborted, StorageError } from '../error.js';
import { checkStorage } from './check.js';
import type {
  CallOptions,
  MoveOptions,
  StorageCapabilities,
  PutSmallOptions,
  Digest,
  RemoteDigest,
  RemoteEntry,
  StorageCheck,
  StoragePort,
  StoredFile,
  TransferOptions,
  UploadOptions,
  UploadResult,
} from '../port.js';
import { putSmallFile, readSmallFile } from './small-files.js';
import { checkRemotePath } from '../remote-path.js';
import type { Backend, Session } from './session.js';
import { uploadFile } from './upload.js';

/** The port over any file-like backend: it checks paths, lends a session to each call, and tells an abort from a failure. */
export class FileStorage implements StoragePort {
  readonly name: string;
  readonly type: string;
  readonly capabilities: StorageCapabilities;

  constructor(private readonly backend: Backend) {
    const { name, type, hashesOnServer } = backend;
    this.name = name;
    this.type = type;
    this.capabilities = { resumes: true, renames: true, measuresSpace: true, retains: false, hashesOnServer };
  }

  async upload(localPath: string, remotePath: string, options: UploadOptions): Promise<UploadResult> {
    const send = (session: Session): Promise<UploadResult> => uploadFile(session, localPath, remotePath, options);
    const result = await this.onFile(remotePath, options, send);
    return options.retainUntil === undefined ? result : { ...result, retained: false };
  }

  download(remotePath: string, localPath: string, options: TransferOptions = {}): Promise<Digest> {
    return this.onFile(remotePath, options, (session) => downloadFile(session, remotePath, localPath, options));
  }

  async *read(remotePath: string, options: CallOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    checkRemotePath(remotePath);
    const lent = await this.lend(options);
    try {
      yield* readFile(lent.session, remotePath, options);
    } catch (error) {
      throw this.named(error, options.signal);
    } finally {
      await lent.giveBack();
    }
  }

  async openRead(remotePath: string, options: CallOptions = {}): Promise<StoredFile> {
    checkRemotePath(remotePath);
    const { signal } = options;
    const { session, giveBack } = await this.lend(options);
    try {
      const { size } = await requireFile(session, remotePath);
      const file = await session.open(remotePath, 'read');
      const read = (into: Uint8Array, position: number): Promise<number> =>
        this.naming(signal, () => {
          signal?.throwIfAborted();
          return file.read(into, position);
        });
      const close = async (): Promise<void> => {
        await file.close().catch(() => undefined); // closing after a read: nothing was written that could be lost
        await giveBack();
      };
      return { size, read, close };
    } catch (error) {
      await giveBack();
      throw this.named(error, signal);
    }
  }

  sha256(remotePath: string, options: TransferOptions = {}): Promise<RemoteDigest> {
    return this.onFile(remotePath, options, (session) => digestOf(session, remotePath, options));
  }

  putSmall(remotePath: string, content: string | Uint8Array, options: PutSmallOptions = {}): Promise<void> {
    return this.onFile(remotePath, options, (session) => putSmallFile(session, remotePath, content, options.partId));
  }

  readSmall(remotePath: string, limitBytes: number, options: CallOptions = {}): Promise<Uint8Array> {
    return this.onFile(remotePath, options, (session) => readSmallFile(session, remotePath, limitBytes));
  }

  async list(remoteFolder: string, options: CallOptions = {}): Promise<RemoteEntry[]> {
    checkRemotePath(remoteFolder, 'base-allowed');
    const entries = await this.run(options, (session) => session.list(remoteFolder));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  stat(remotePath: string, options: CallOptions = {}): Promise<{ size: number } | undefined> {
    return this.onFile(remotePath, options, async (session) => {
      const found = await session.entry(remotePath);
      return found?.type === 'file' ? { size: found.size } : undefined;
    });
  }

  remove(remotePath: string, options: CallOptions = {}): Promise<void> {
    return this.onFile(remotePath, options, async (session) => {
      if ((await session.entry(remotePath)) === undefined) return;
      await requireFile(session, remotePath);
      await session.removeFile(remotePath);
    });
  }

  async move(from: string, to: string, options: MoveOptions = {}): Promise<void> {
    checkRemotePath(from);
    await this.onFile(to, options, (session) => moveFile(session, from, to, options));
  }

  freeSpace(options: CallOptions = {}): Promise<{ availableBytes: number } | undefined> {
    return this.run(options, async (session) => {
      const availableBytes = await session.availableBytes();
      return availableBytes === undefined ? undefined : { availableBytes };
    });
  }

  check(options: CallOptions = {}): Promise<StorageCheck> {
    return this.naming(options.signal, () => checkStorage(this.backend, options.signal));
  }

  close(): Promise<void> {
    return this.backend.close();
  }

  private async onFile<T>(path: string, options: CallOptions, use: (session: Session) => Promise<T>): Promise<T> {
    checkRemotePath(path);
    return await this.run(options, use);
  }

  private run<T>({ signal }: CallOptions, use: (session: Session) => Promise<T>): Promise<T> {
    return this.naming(signal, () => {
      signal?.throwIfAborted();
      return this.backend.session(signal, use);
    });
  }

  private async naming<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.named(error, signal);
    }
  }

  /** After an abort, every failure is taken for a consequence of it: a destroyed connection, a stopped loop. */
  private named(error: unknown, signal: AbortSignal | undefined): StorageError {
    if (signal?.aborted === true) return aborted(this.name, signal);
    if (error instanceof StorageError) return error.inStorage(this.name);
    throw error;
  }

  /** A session for a generator, which can't run inside a callback. */
  private async lend({ signal }: CallOptions): Promise<{ session: Session; giveBack: () => Promise<void> }> {
    const { promise: finished, resolve: finish } = withResolvers<undefined>();
    const { promise: lent, resolve, reject } = withResolvers<Session>();
    const whole = this.run({ signal }, async (session) => {
      resolve(session);
      await finished;
    });
    whole.catch(reject);
    const giveBack = async (): Promise<void> => {
      finish(undefined);
      await whole.catch(() => undefined); // the loop has already reported the failure
    };
    return { session: await lent, giveBack };
  }
}

interface Resolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

function withResolvers<T>(): Resolvers<T> {
  const parts: Partial<Resolvers<T>> = {};
  const promise = new Promise<T>((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return { ...(parts as Omit<Resolvers<T>, 'promise'>), promise };
}
