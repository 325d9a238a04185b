import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { contentDifference, nameTaken } from '../content.js';
import { aborted, StorageError } from '../error.js';
import { fileError } from '../file-errors.js';
import type {
  CallOptions,
  Digest,
  MoveOptions,
  RemoteDigest,
  RemoteEntry,
  StorageCheck,
  StoragePort,
  StoredFile,
  TransferOptions,
  UploadOptions,
  UploadResult,
} from '../port.js';
import { checkRemotePath, partPath } from '../remote-path.js';

/** What an object store holds: whole objects under keys, written in one step, and never changed in place. */
export type Bucket = Map<string, { content: Buffer; retainUntil?: Date | undefined }>;

const blockBytes = 256 * 1024;

/**
 * A kind of storage that can do only what object stores can: put if absent, get a range, list, head, delete. It has no rename, no
 * write at an offset, no parts, no folders and no hashing, and still keeps the port's promises.
 */
export class ObjectStorage implements StoragePort {
  readonly type = 'object-store';
  readonly capabilities;
  private closed = false;

  constructor(
    readonly name: string,
    private readonly bucket: Bucket,
    private readonly options: { retains: boolean; now: () => Date },
  ) {
    const { retains } = options;
    this.capabilities = { resumes: false, renames: false, hashesOnServer: false, measuresSpace: false, retains };
  }

  upload(localPath: string, remotePath: string, options: UploadOptions): Promise<UploadResult> {
    const { sha256, size, retainUntil, partId } = options;
    return this.call([remotePath], options, async () => {
      partPath(remotePath, partId);
      const asked = retainUntil === undefined ? {} : { retained: this.capabilities.retains };
      if (this.holds(remotePath, { sha256, size })) return { size, resumedFrom: 0, adopted: true, ...asked };
      const content = await readFile(localPath).catch((error: unknown) => {
        throw fileError(error, 'read', localPath);
      });
      const difference = contentDifference(digestOf(content), { sha256, size });
      if (difference !== undefined) throw sourceChanged(localPath, difference);
      for (let bytes = 0; bytes < size;) {
        bytes = Math.min(size, bytes + blockBytes);
        await this.turn(options.signal);
        options.onProgress?.({ bytes, total: size });
      }
      await this.turn(options.signal);
      const adopted = !this.putNew(remotePath, content, this.capabilities.retains ? retainUntil : undefined);
      return { size, resumedFrom: 0, adopted, ...asked };
    });
  }

  async download(remotePath: string, localPath: string, options: TransferOptions = {}): Promise<Digest> {
    return this.call([remotePath], options, async () => {
      const content = this.get(remotePath);
      options.onProgress?.({ bytes: content.length, total: content.length });
      await this.turn(options.signal);
      await writeFile(localPath, content, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        throw fileError(error, 'create', localPath);
      });
      return digestOf(content);
    });
  }

  async *read(remotePath: string, options: CallOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const content = await this.call([remotePath], options, () => this.get(remotePath));
    for (let from = 0; from < content.length; from += blockBytes) yield content.subarray(from, from + blockBytes);
  }

  openRead(remotePath: string, options: CallOptions = {}): Promise<StoredFile> {
    return this.call([remotePath], options, () => {
      const { length: size } = this.get(remotePath);
      const read = (into: Uint8Array, position: number): Promise<number> =>
        this.call([remotePath], options, () => this.get(remotePath).copy(into, 0, position));
      return { size, read, close: () => Promise.resolve() };
    });
  }

  sha256(remotePath: string, options: TransferOptions = {}): Promise<RemoteDigest> {
    return this.call([remotePath], options, () => ({ ...digestOf(this.get(remotePath)), method: 'download' as const }));
  }

  putSmall(remotePath: string, content: string | Uint8Array, options: CallOptions = {}): Promise<void> {
    return this.call([remotePath], options, () => void this.putNew(remotePath, Buffer.from(content)));
  }

  readSmall(remotePath: string, limitBytes: number, options: CallOptions = {}): Promise<Uint8Array> {
    return this.call([remotePath], options, () => {
      const content = this.get(remotePath);
      if (content.length <= limitBytes) return content;
      throw new StorageError('TOO_LARGE', `${remotePath} has more than ${limitBytes} bytes.`, 'Look at that object.');
    });
  }

  list(folder: string, options: CallOptions = {}): Promise<RemoteEntry[]> {
    return this.call(folder === '' ? [] : [folder], options, () => {
      const prefix = folder === '' ? '' : `${folder}/`;
      const entries = new Map<string, RemoteEntry>();
      for (const [key, { content }] of this.bucket) {
        if (!key.startsWith(prefix)) continue;
        const [name = '', ...below] = key.slice(prefix.length).split('/');
        const isFile = below.length === 0;
        const size = isFile ? content.length : 0;
        const type = isFile ? 'file' : 'folder';
        entries.set(name, { path: prefix + name, name, size, type, partial: name.endsWith('.part') });
      }
      if (entries.size === 0 && folder !== '') throw notFound(folder);
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  stat(remotePath: string, options: CallOptions = {}): Promise<{ size: number } | undefined> {
    return this.call([remotePath], options, () => {
      const found = this.bucket.get(remotePath);
      return found && { size: found.content.length };
    });
  }

  remove(remotePath: string, options: CallOptions = {}): Promise<void> {
    return this.call([remotePath], options, () => {
      this.delete(remotePath);
    });
  }

  move(from: string, to: string, { content, ...options }: MoveOptions = {}): Promise<void> {
    return this.call([from, to], options, async () => {
      const done = content !== undefined && this.holds(to, content);
      if (!done || this.bucket.has(from)) {
        const source = this.get(from);
        if (content !== undefined) requireSame(from, source, content);
        if (!this.putNew(to, source) && content === undefined) throw nameTaken(to, 'it is there already');
        await this.turn(options.signal);
        requireSame(to, this.get(to), digestOf(source));
      }
      this.delete(from);
    });
  }

  freeSpace(options: CallOptions = {}): Promise<undefined> {
    return this.call([], options, () => undefined);
  }

  check(options: CallOptions = {}): Promise<StorageCheck> {
    return this.call([], options, () => {
      this.bucket.set('.havun-check', { content: Buffer.alloc(0) });
      this.bucket.delete('.havun-check');
      return {
        ok: true,
        findings: [
          { name: 'reachable', status: 'ok', detail: 'The bucket is in memory.' },
          { name: 'base_path', status: 'ok', detail: 'A test file was written and removed.' },
          { name: 'free_space', status: 'warning', detail: 'Object stores do not tell.', remedy: 'Watch the bill.' },
        ],
      };
    });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Checks what every call checks, and says in every error which storage it was. */
  private async call<T>(paths: string[], { signal }: CallOptions, work: () => T | Promise<T>): Promise<T> {
    try {
      for (const path of paths) checkRemotePath(path);
      await this.turn(signal);
      return await work();
    } catch (error) {
      if (error instanceof StorageError) throw error.inStorage(this.name);
      throw error;
    }
  }

  /** Takes as long as a request: others get their turn, and the caller may have given up. */
  private async turn(signal: AbortSignal | undefined): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) throw aborted(this.name, signal);
    if (this.closed) throw new StorageError('CLOSED', 'The storage was closed.', 'Start the service again.');
  }

  private get(path: string): Buffer {
    const found = this.bucket.get(path);
    if (found === undefined) throw notFound(path);
    return found.content;
  }

  private holds(path: string, wanted: Digest): boolean {
    const found = this.bucket.get(path);
    if (found === undefined) return false;
    const difference = contentDifference(digestOf(found.content), wanted);
    if (difference !== undefined) throw nameTaken(path, difference);
    return true;
  }

  /** One atomic step of the store, as «PUT with If-None-Match: *» is. @returns whether the key was absent */
  private putNew(path: string, content: Buffer, retainUntil?: Date): boolean {
    if (this.holds(path, digestOf(content))) return false;
    this.bucket.set(path, { content: Buffer.from(content), retainUntil });
    return true;
  }

  private delete(path: string): void {
    const found = this.bucket.get(path);
    if (found === undefined) {
      if ([...this.bucket.keys()].some((key) => key.startsWith(`${path}/`))) throw notFound(path);
      return;
    }
    if (found.retainUntil !== undefined && found.retainUntil > this.options.now()) {
      const message = `${path} is kept until ${found.retainUntil.toISOString()}.`;
      throw new StorageError('RETAINED', message, 'Wait until then: nobody can remove it before.');
    }
    this.bucket.delete(path);
  }
}

const digestOf = (content: Buffer): Digest => ({
  sha256: createHash('sha256').update(content).digest('hex'),
  size: content.length,
});

function requireSame(path: string, content: Buffer, expected: Digest): void {
  const difference = contentDifference(digestOf(content), expected);
  if (difference !== undefined) throw nameTaken(path, difference);
}

const notFound = (path: string): StorageError =>
  new StorageError('NOT_FOUND', `${path} does not exist.`, 'Compare the bucket with the list of backups.');

const sourceChanged = (path: string, why: string): StorageError =>
  new StorageError('SOURCE_CHANGED', `${path} is not the file that was to be uploaded: ${why}.`, 'Make a new backup.');
