// An application may be writing its JSON database at this moment: half of it is no backup.
import { setTimeout as pause } from 'node:timers/promises';
import { printable } from '@havun/text';
import type { Finding, SourceWarning } from '../source.js';
import type { Disk } from './disk.js';
import { OpenFiles, once, type OpenFile } from './open-files.js';
import type { Found } from './walk.js';

/** How often, and at which interval in milliseconds, a file is read that is not JSON. */
const [ATTEMPTS, APART] = [5, 200];
/** A larger file is archived as it is: it would have to fit into memory twice. In bytes. */
export const LARGEST_JSON = 64 * 1024 * 1024;

/** The first content that is JSON; else the last one that was read, and a warning. Undefined for a file that can't be read. */
export async function settledJson(
  found: Found,
  disk: Disk,
  onFinding: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<OpenFile | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const findings: Finding[] = [];
    const files = new OpenFiles(disk, (finding) => findings.push(finding));
    const [file] = await files.open([found]);
    const bytes = file && (await contentOf(file).finally(() => files.close()));
    const isGood = bytes === undefined || isJson(bytes);
    if (isGood || attempt === ATTEMPTS) {
      if (!isGood) findings.push(notJson(found.path));
      findings.forEach(onFinding);
      return file && bytes && { stats: { ...file.stats, size: bytes.length }, read: () => once(bytes) };
    }
    await pause(APART, undefined, { signal });
  }
}

async function contentOf(file: OpenFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.read()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}

const notJson = (path: string): SourceWarning => ({
  code: 'NOT_JSON',
  path,
  message: `${printable(path)} is no complete JSON, though it was read ${ATTEMPTS} times; it is archived as it was: an earlier backup may have a whole one`,
});
