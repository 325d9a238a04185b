import type { StorageError } from './error.js';

/**
 * A storage keeps backup files under one base folder: on a local disk, on an SFTP server, in a bucket of an object store. The
 * port asks only for what all of them can do: put a file, get it or a part of it, list, stat, remove. What only some kinds can do
 * is in their `capabilities`.
 *
 * What every kind promises (the contract suite in `testing/` checks it against each):
 * - Paths are relative to the configured base folder, with `/` between names: no leading `/`, no `..`, no empty name. Anything
 *   else is refused with `INVALID_PATH` before the storage is touched. Parent folders are made as needed.
 * - A final name only ever shows complete content. A file that is still being written is visible only under a name that ends in
 *   `.part`.
 * - Nothing is overwritten: a file under the wanted name is adopted when it has the wanted content, and otherwise refused with
 *   `NAME_TAKEN`.
 * - Every failure is a {@link StorageError}. `retryable` says that the same call may succeed later without anybody doing
 *   anything; otherwise `remedy` says what a person must do first.
 * - Every call may be repeated after a failure, a crash or an abort, except where its comment says otherwise.
 * - An aborted signal ends a call promptly with code `ABORTED`, leaving no final name. A server that falls silent ends it with
 *   `UNREACHABLE`.
 */
export interface StoragePort {
  /** Its name in the configuration, for instance `hetzner`. */
  readonly name: string;
  /** The kind, such as `local` or `sftp`. */
  readonly type: string;
  readonly capabilities: StorageCapabilities;

  /**
   * Copies a local file to `remotePath`. Idempotent: when the name already holds these very bytes, it answers `adopted: true`.
   *
   * A kind that `resumes` writes to `partPath(remotePath, partId)`. A part left by an earlier attempt with the same `partId` is
   * compared by hash with the beginning of the local file and continued from there, or thrown away when it differs. After an
   * abort or a lost connection the part stays for the next attempt; after `NO_SPACE` and `SOURCE_CHANGED` it is removed. Other
   * kinds send all of it again.
   *
   * The local file must have the size and SHA-256 that `options` say, otherwise `SOURCE_CHANGED`: wrong bytes never get a final
   * name.
   */
  upload(localPath: string, remotePath: string, options: UploadOptions): Promise<UploadResult>;

  /**
   * Copies to a local file that must not exist yet (`NAME_TAKEN`), mode 0600, fsynced. The file is removed on failure.
   * The SHA-256 is of the bytes received; comparing it with the expected one is the caller's business.
   */
  download(remotePath: string, localPath: string, options?: TransferOptions): Promise<Digest>;

  /** The content from its first byte on, in chunks, read ahead. Leaving the loop early releases the connection. */
  read(remotePath: string, options?: CallOptions): AsyncIterable<Uint8Array>;

  /** Opens a file for random access, for instance to a small piece of a large file. It holds one connection until it is closed. */
  openRead(remotePath: string, options?: CallOptions): Promise<StoredFile>;

  /** Reads the stored bytes back and hashes them: on the server where it can (`hashesOnServer`), else here from a streamed download. */
  sha256(remotePath: string, options?: TransferOptions): Promise<RemoteDigest>;

  /**
   * Writes a small file whole (a `.sha256` sidecar). Idempotent: identical content under that name is success, other content is `NAME_TAKEN`.
   */
  putSmall(remotePath: string, content: string | Uint8Array, options?: PutSmallOptions): Promise<void>;

  /** The whole content, refused with `TOO_LARGE` when it has more than `limitBytes`. */
  readSmall(remotePath: string, limitBytes: number, options?: CallOptions): Promise<Uint8Array>;

  /** What lies directly in a folder, sorted by name; `''` is the base folder. A missing folder is `NOT_FOUND`, never an empty list. */
  list(remoteFolder: string, options?: CallOptions): Promise<RemoteEntry[]>;

  /** Size in bytes, or undefined when the name does not exist. */
  stat(remotePath: string, options?: CallOptions): Promise<{ size: number } | undefined>;

  /** Deletes one file. Idempotent: a missing name is success. Folders are refused; so is, with `RETAINED`, what must be kept. */
  remove(remotePath: string, options?: CallOptions): Promise<void>;

  /**
   * Moves a file, making the folders above `to`. `to` must not exist (`NAME_TAKEN`). A kind that `renames` does it in one step;
   * another copies the file, compares the copy, and then removes what was copied.
   *
   * With `content`, what `from` holds, the call may be repeated: where `to` holds that content already, what is left at `from` is
   * removed. Without, the caller must look at both names after a lost answer.
   */
  move(from: string, to: string, options?: MoveOptions): Promise<void>;

  /** Bytes that this user may still write, or undefined where the server does not tell. */
  freeSpace(options?: CallOptions): Promise<{ availableBytes: number } | undefined>;

  /** Checks everything that an upload needs and reports each finding. Throws only `ABORTED`. */
  check(options?: CallOptions): Promise<StorageCheck>;

  /** Ends connections. Calls in progress fail with `CLOSED`, and so do later calls. Idempotent. */
  close(): Promise<void>;
}

/** What a kind of storage can do beyond what every kind promises. */
export interface StorageCapabilities {
  /** An interrupted upload continues in the part that it left. */
  readonly resumes: boolean;
  /** A move is one step, whatever the size. */
  readonly renames: boolean;
  /** The storage may compute hashes itself, so that nothing is downloaded for them. */
  readonly hashesOnServer: boolean;
  /** `freeSpace` may know an answer. */
  readonly measuresSpace: boolean;
  /** A file can be protected from removal by anybody until a given time: `retainUntil`. */
  readonly retains: boolean;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Told before a failed call is repeated. Only storages that retry call it. */
  onRetry?: ((retry: Retry) => void) | undefined;
}

export interface Retry {
  /** The attempt that failed, counted from 1. */
  attempt: number;
  /** The maximum number of attempts. */
  of: number;
  /** How long until the next one, in milliseconds. */
  delayMs: number;
  error: StorageError;
}

export interface MoveOptions extends CallOptions {
  content?: Digest | undefined;
}

/** A file that is open for reading. */
export interface StoredFile {
  /** In bytes, as of opening. */
  readonly size: number;
  /** Fills the buffer from `position` on; fewer bytes only at the end of the file. Concurrent calls are allowed. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Bytes done of the whole; `bytes` starts at the resumed offset. Called at most once per block, and always once at the end. */
export type Progress = (progress: { bytes: number; total: number }) => void;

export interface PutSmallOptions extends CallOptions {
  /**
   * The same for every attempt, and used by one writer at a time: the next attempt then removes the part that a killed one left.
   * Letters, digits, `-` and `_`.
   */
  partId?: string | undefined;
}

export interface TransferOptions extends CallOptions {
  onProgress?: Progress | undefined;
}

export interface UploadOptions extends TransferOptions {
  /** Lower-case hexadecimal SHA-256 of the local file. */
  sha256: string;
  /** Size of the local file in bytes. */
  size: number;
  /** The same for every attempt of one upload, different for any other content: the backup id. Letters, digits, `-` and `_`. */
  partId: string;
  /** Nobody may remove or replace the file before this time. Storages that can't ensure that ignore it, and say so in the result. */
  retainUntil?: Date | undefined;
}

export interface UploadResult {
  size: number;
  /** Offset from which an earlier attempt's part was continued; 0 for a fresh upload. */
  resumedFrom: number;
  /** A file with the same content was there already, so nothing was sent. */
  adopted: boolean;
  /** Whether the storage protects the file until `retainUntil`; present where that was asked for. */
  retained?: boolean;
}

export interface Digest {
  /** Lower-case hexadecimal. */
  sha256: string;
  size: number;
}

export interface RemoteDigest extends Digest {
  /** Where the hash was computed: by `sha256sum` on the server, or here from the bytes read. */
  method: 'server' | 'download';
}

export interface RemoteEntry {
  /** Relative to the base folder, usable in the other calls. */
  path: string;
  name: string;
  size: number;
  type: 'file' | 'folder' | 'other';
  /** A `.part` file: an upload in progress or an abandoned one. Never a backup. */
  partial: boolean;
}

export type CheckName = 'reachable' | 'host_key' | 'authentication' | 'base_path' | 'free_space' | 'server_hash';

export interface StorageCheck {
  /** No finding has failed. */
  ok: boolean;
  findings: CheckFinding[];
}

export interface CheckFinding {
  name: CheckName;
  /** `warning`: works, but something is slower or unknown. `skipped`: an earlier finding made it pointless. */
  status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** One sentence for a person. */
  detail: string;
  /** What a person should do; present where there is something to do. */
  remedy?: string;
}
