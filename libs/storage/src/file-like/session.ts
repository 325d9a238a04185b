import type { CheckFinding, RemoteEntry } from '../port.js';
import type { StorageError } from '../error.js';

/**
 * What a file-like kind of storage must be able to do: write at any position of a file, rename it, continue an existing one.
 * {@link FileStorage} builds the whole port on it, so that resuming, adopting and never overwriting work alike in all of them. A
 * kind that can't do these implements the port itself. All paths are relative to the base folder and already checked. Everything
 * here throws {@link StorageError} only.
 */
export interface Backend {
  readonly name: string;
  readonly type: string;
  /** Lends a session for as long as `use` runs. An aborted signal ends the wait for it, and every wait within the session. */
  session<T>(signal: AbortSignal | undefined, use: (session: Session) => Promise<T>): Promise<T>;
  /** Whether there is a server that may compute hashes, so that `check` should report on it. */
  readonly hashesOnServer: boolean;
  /** What `check` reports about opening a session: success, or what the error says. */
  connectionFindings(error?: StorageError): CheckFinding[];
  close(): Promise<void>;
}

export interface Session {
  /** How much data to keep in flight. */
  readonly transfer: { blockBytes: number; blocks: number };
  /** Follows symbolic links, so that a base folder may be one. */
  entry(path: string): Promise<Entry | undefined>;
  list(folder: string): Promise<RemoteEntry[]>;
  makeFolders(folder: string): Promise<void>;
  /** `new` creates the file and fails with `NAME_TAKEN` when it exists; `continue` opens for writing without truncating. */
  open(path: string, mode: 'read' | 'new' | 'continue'): Promise<OpenFile>;
  /** Gives a complete file its final name, durably where the storage offers that. Never replaces: `NAME_TAKEN`. */
  renameNew(from: string, to: string): Promise<void>;
  /** A missing file is success. */
  removeFile(path: string): Promise<void>;
  availableBytes(): Promise<number | undefined>;
  /** The hash as computed by the server, or undefined where it can't or its answer can't be parsed. */
  serverSha256(path: string, size: number): Promise<string | undefined>;
}

export interface Entry {
  type: 'file' | 'folder' | 'other';
  size: number;
}

export interface OpenFile {
  size(): Promise<number>;
  /** Fills the buffer from `position` on; fewer bytes only at the end of the file. Concurrent calls are allowed. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** The buffer may be reused once this resolves. Concurrent calls are allowed. */
  write(buffer: Uint8Array, position: number): Promise<void>;
  /** Forces the content to the disk (fsync) where the storage offers that. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
