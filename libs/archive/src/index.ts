export { ArchiveError } from './archive-error.js';
export { checksumPath, parseChecksum, writeChecksumFile } from './checksum-file.js';
export { openArchive } from './read/open-archive.js';
export { writeArchive } from './write/write-archive.js';
export type {
  ArchiveEntry,
  ArchiveReader,
  ArchiveSummary,
  ByteSource,
  ExtractSummary,
  ManifestDetails,
  ManifestEntry,
  ReadProgress,
} from './types.js';
