import type { OpenSource } from '../source.js';

export interface Consumed {
  kind: string;
  mode: number;
  text: string;
  bytes: Buffer;
}

/** Reads a whole source as the archive's writer does. Entries by name; a link as its target. */
export async function consume(source: OpenSource): Promise<Map<string, Consumed>> {
  const entries = new Map<string, Consumed>();
  for await (const entry of source.entries()) {
    if (entries.has(entry.name)) throw new Error(`two entries are named ${entry.name}`);
    const chunks: Buffer[] = [];
    if (entry.type === 'file') for await (const chunk of entry.open()) chunks.push(Buffer.from(chunk));
    if (entry.type === 'symlink') chunks.push(Buffer.from(entry.target));
    const bytes = Buffer.concat(chunks);
    entries.set(entry.name, { kind: entry.type, mode: entry.mode, bytes, text: bytes.toString('utf8') });
  }
  return entries;
}
