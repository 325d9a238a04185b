export { ArchiveError } from './archive-error.js';
export type { ArchiveErrorCode } from './archive-error.js';
export { checksumPath, parseChecksum, readChecksumFile, writeChecksumFile } from './checksum-file.js';
export { openArchive } from './read/open-archive.js';
export { writeArchive } from './write/write-archive.js';
export type {
  ArchiveEntry,
  ArchiveReader,
  ArchiveSummary,
  BackupManifest,
  ByteSource,
  EntryInfo,
  EntryType,
  ExtractOptions,
  ExtractSummary,
  ManifestDetails,
  ManifestEntry,
  OpenArchiveOptions,
  ReadProgress,
  VerifyOptions,
  VerifySummary,
  WriteArchiveOptions,
  WriteProgress,
} from './types.js';
