import { ArchiveError } from '../archive-error.js';
import type { ArchiveReader, OpenArchiveOptions } from '../types.js';

export const openArchive = (path: string, _options: OpenArchiveOptions = {}): Promise<ArchiveReader> =>
  Promise.reject(new ArchiveError('IO_FAILED', path));
