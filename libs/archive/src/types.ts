/**
 * One thing to archive. `name` is relative, '/'-separated and without a trailing slash; it becomes UTF-8.
 * `mode` is the permission part (0-0o7777); the kind comes from `type`.
 */
export type ArchiveEntry = OriginalBytes &
  (
    | {
        type: 'file';
        name: string;
        mode: number;
        mtime: Date;
        /** Expected size in bytes, if known; the real size may differ. */
        sizeHint?: number;
        /** Called once. Chunks are copied before the next one is asked for, so a buffer may be re-used. */
        open(): AsyncIterable<Uint8Array>;
      }
    | { type: 'directory'; name: string; mode: number; mtime: Date }
    | { type: 'symlink'; name: string; mode: number; mtime: Date; target: string }
  );

/** For the manifest only, where what a file system has is not what an archive can hold. Hexadecimal; not checked. */
export interface OriginalBytes {
  /** The bytes that `name` stands for, with as many parts. */
  rawName?: string | undefined;
  /** The bytes that a link's `target` stands for. */
  rawTarget?: string | undefined;
}

/** The caller's own part of the manifest. Must be JSON; the keys that this library writes itself are refused. */
export type ManifestDetails = Readonly<Record<string, unknown>>;

export interface WriteProgress {
  /** Entries completely written. */
  entries: number;
  /** Plaintext bytes taken from the sources. */
  sourceBytes: number;
  /** Bytes written to the archive. */
  archiveBytes: number;
  /** Name of the entry being written. */
  current: string;
}

export interface WriteArchiveOptions {
  /** Created exclusively with mode 0600 and fsynced before return; removed again on any error or abort. */
  path: string;
  /** If given, every file is encrypted (WinZip AE-2, AES-256). Names, sizes, times and link targets stay readable. */
  password?: string;
  /** Read one after another, and archived in this order: `next()` is called when the entry before has been read. */
  entries: AsyncIterable<ArchiveEntry>;
  /** Called once, after the last entry was read; its result becomes the head of backup-manifest.json. */
  manifest: () => ManifestDetails;
  /** zlib level, 1 (fast) to 9 (small); 4 by default. */
  level?: number;
  /** Threads that compress and encrypt; by default the number of cores. */
  parallelism?: number;
  /** Whether the threads run at the lowest priority, below every other process; false by default. */
  nice?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: WriteProgress) => void;
}

export interface ArchiveSummary {
  /** Bytes of the archive file. */
  size: number;
  /** Lower-case hex SHA-256 of the archive file. */
  sha256: string;
  /** Lower-case hex SHA-256 of the plaintext of backup-manifest.json. */
  manifestSha256: string;
  /** Entries without the manifest. */
  entries: number;
  /** Plaintext bytes of all entries without the manifest. */
  sourceBytes: number;
  encrypted: boolean;
}

export type EntryType = ArchiveEntry['type'];

/** One entry as the archive's central directory describes it: not authenticated, except by `verify` or `extract`. */
export interface EntryInfo {
  /** Without the trailing slash that ZIP gives directories. */
  name: string;
  type: EntryType;
  mode: number;
  /** Whole seconds. */
  mtime: Date;
  /** Plaintext bytes. */
  size: number;
  /** Bytes in the archive, without headers. */
  compressedSize: number;
  encrypted: boolean;
}

/** One line of the manifest's `entries`. */
export interface ManifestEntry extends OriginalBytes {
  name: string;
  type: EntryType;
  /** Plaintext bytes: 0 for a directory, the target's bytes for a link. */
  size: number;
  mode: number;
  /** With milliseconds. */
  mtime: Date;
  /** Lower-case hex SHA-256 of the plaintext; absent for a directory. */
  sha256?: string;
  /** Target of a symlink. */
  target?: string;
}

/** The manifest's head: everything but the entries, which are streamed. `details` is what the writer's caller gave. */
export interface BackupManifest {
  format: 'havun-backup/1';
  details: ManifestDetails;
  entryCount: number;
  totalBytes: number;
}

export interface ReadProgress {
  entries: number;
  totalEntries: number;
  /** Plaintext bytes read so far. */
  bytes: number;
  totalBytes: number;
  current: string;
}

export interface VerifyOptions {
  signal?: AbortSignal;
  onProgress?: (progress: ReadProgress) => void;
}

export interface ExtractOptions {
  /** Selects entries; parent folders of a selected entry are made as well. Default: all. */
  only?: (entry: ManifestEntry) => boolean;
  /**
   * A link whose target is absolute or leaves the folder: refuse the whole extraction (default), or leave that link out and
   * report it, so that a person can recreate it by hand.
   */
  unsafeLinks?: 'refuse' | 'skip';
  /** The set-user-id and set-group-id bits of files; on folders they give nobody anything. Default: keep. */
  setIds?: 'keep' | 'drop';
  signal?: AbortSignal;
  onProgress?: (progress: ReadProgress) => void;
}

export interface VerifySummary {
  entries: number;
  bytes: number;
  manifestSha256: string;
}

export interface ExtractSummary extends VerifySummary {
  /** Links left out with `unsafeLinks: 'skip'`. */
  skippedLinks: { name: string; target: string }[];
  /** Files without such a bit that they had, with `setIds: 'drop'`. */
  setIdsDropped: number;
}

/** Random access to one finished archive. */
export interface ArchiveReader {
  /** Names as the central directory has them, in archive order, the manifest last. */
  entries(): AsyncIterable<EntryInfo>;
  /** The manifest's head, after its HMAC and layout were checked; `sha256` is over its whole plaintext. */
  manifest(): Promise<{ manifest: BackupManifest; sha256: string }>;
  /** The manifest's lines, in archive order. */
  manifestEntries(): AsyncIterable<ManifestEntry>;
  /**
   * Plaintext of one file or link. Nothing is yielded before the entry's HMAC is checked; the SHA-256 of the manifest is checked
   * at the end and throws there: the data may be trusted only once the iteration has ended normally.
   */
  read(name: string): AsyncIterable<Uint8Array>;
  /** Writes into `to`, which must not exist. On any error or abort `to` is removed again. */
  extract(to: string, options?: ExtractOptions): Promise<ExtractSummary>;
  /** Reads everything: HMAC, size and SHA-256 of every entry against the manifest; nothing missing, nothing extra. */
  verify(options?: VerifyOptions): Promise<VerifySummary>;
  close(): Promise<void>;
}

/** Where an archive's bytes come from when it is not a file of this machine: anything with random access. */
export interface ByteSource {
  /** Names the source in errors: a path, or a storage and a path. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Fills the buffer from `position` on, at least its first byte; 0 only at the end. Concurrent calls are allowed.
   * @returns how many bytes were read
   */
  read(into: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface OpenArchiveOptions {
  password?: string;
  signal?: AbortSignal;
}
