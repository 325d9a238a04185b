import type { CheckFinding, RemoteEntry } from '../port.js';
import type { StorageError } from '../error.js';

/**
 * What a file-like kind of storage must be able to do: write at any place of a file, rename it, go on in one that is there.
 * {@link FileStorage} builds the whole port on it, so that resuming, adopting and never overwriting work alike in all of them. A kind
 * that can't do these is a port of its own. All paths are relative to the base folder and already checked.
 * Everything here throws {@link StorageError} only.
 */
export interface Backend {
  readonly name: string;
  readonly type: string;
  /** Lends a session for as long as `use` runs. An aborted signal ends the wait for it, and whatever the session is waiting for. */
  session<T>(signal: AbortSignal | undefined, use: (session: Session) => Promise<T>): Promise<T>;
  /** Whether there is a server that may compute hashes, so that `check` should report on it. */
  readonly hashesOnServer: boolean;
  /** What `check` reports about getting as far as a session: all well, or what the error says. */
  connectionFindings(error?: StorageError): CheckFinding[];
  close(): Promise<void>;
}

export interface Session {
  /** How much data to keep under way. */
  readonly transfer: { blockBytes: number; blocks: number };
  /** Follows symbolic links, so that a base folder may be one. */
  entry(path: string): Promise<Entry | undefined>;
  list(folder: string): Promise<RemoteEntry[]>;
  makeFolders(folder: string): Promise<void>;
  /** `new` creates the file and fails with `NAME_TAKEN` when it exists; `continue` opens for writing without truncating. */
  open(path: string, mode: 'read' | 'new' | 'continue'): Promise<OpenFile>;
  /** Makes a complete file appear under a new name, durably where the storage offers that. Never replaces: `NAME_TAKEN`. */
  renameNew(from: string, to: string): Promise<void>;
  /** A missing file is success. */
  removeFile(path: string): Promise<void>;
  availableBytes(): Promise<number | undefined>;
  /** The hash as computed by the server, or undefined where it does not do that or gives an answer that cannot be understood. */
  serverSha256(path: string, size: number): Promise<string | undefined>;
}

export interface Entry {
  type: 'file' | 'folder' | 'other';
  size: number;
}

export interface OpenFile {
  size(): Promise<number>;
  /** Fills the buffer from `position` on; fewer bytes only at the end of the file. Several calls may be under way. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** The buffer may be used again once this resolves. Several calls may be under way. */
  write(buffer: Uint8Array, position: number): Promise<void>;
  /** Forces the content to the disk where the storage offers that. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
