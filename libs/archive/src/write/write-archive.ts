import { ArchiveError } from '../archive-error.js';
import type { ArchiveSummary, WriteArchiveOptions } from '../types.js';

export const writeArchive = (options: WriteArchiveOptions): Promise<ArchiveSummary> =>
  Promise.reject(new ArchiveError('IO_FAILED', options.path));
