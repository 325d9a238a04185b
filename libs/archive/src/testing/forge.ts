import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { MANIFEST_TAIL, manifestHead, manifestLine } from '../manifest.js';
import { MANIFEST_MODE, MANIFEST_NAME } from '../names.js';
import type { EntryType, ManifestEntry } from '../types.js';
import { centralHeader, endRecords, localHeader, STORED, type EntryHeader } from '../zip/records.js';
import { MTIME, sha256 } from './entries.js';

/** One entry of an archive that our writer would not make. */
export interface Forged {
  name: string;
  data: Buffer;
  type?: EntryType;
  /** The plaintext that headers and manifest claim, where it is not `data` itself. */
  plain?: Buffer;
  compression?: EntryHeader['compression'];
  target?: string;
  /** Left out of the manifest. */
  unlisted?: boolean;
}

const lineOf = ({ name, type = 'file', data, plain = data, target }: Forged): ManifestEntry => ({
  name: name.replace(/\/$/, ''),
  type,
  size: plain.length,
  mode: 0o644,
  mtime: MTIME,
  ...(type === 'directory' ? {} : { sha256: sha256(plain) }),
  ...(target === undefined ? {} : { target }),
});

/** Writes an unencrypted archive whose structure is correct, whatever the entries say. */
export const forge = async (path: string, entries: readonly Forged[], extraLines: Forged[] = []): Promise<void> => {
  const lines = [...entries.filter(({ unlisted }) => unlisted !== true), ...extraLines].map(lineOf);
  const manifest =
    manifestHead({ forged: true }, lines.length, 0) +
    lines.map((line) => manifestLine(line)).join(',\n') +
    MANIFEST_TAIL;
  const out: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  const all: Forged[] = [...entries, { name: MANIFEST_NAME, data: Buffer.from(manifest) }];
  for (const entry of all) {
    const { name, data, type = 'file', plain = data, compression = STORED } = entry;
    const header = {
      name: Buffer.from(name),
      type,
      mode: name === MANIFEST_NAME ? MANIFEST_MODE : 0o644,
      mtime: MTIME,
      compression,
    };
    const full: EntryHeader = { ...header, encrypted: false, streamed: false, offset };
    const sizes = { crc: crc32(plain), compressed: data.length, plain: plain.length };
    const local = localHeader(full, sizes);
    out.push(local, data);
    central.push(centralHeader(full, sizes));
    offset += local.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = endRecords({ entries: central.length, size: directory.length, offset });
  await writeFile(path, Buffer.concat([...out, directory, end]));
};
