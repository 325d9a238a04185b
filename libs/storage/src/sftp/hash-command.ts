import type { Connection } from './connection.js';

/** One minute, plus the time for reading at 4 MB/s at worst: a slow disk must not look like a server that fell silent. */
const patienceMs = (size: number): number => 60_000 + size / 4000;

/**
 * Lets the server hash its own files with `sha256sum`, which spares a download. A Hetzner Storage Box allows it; a server that is
 * restricted to SFTP does not, and is not asked again.
 */
export class HashCommand {
  private state: 'unknown' | 'works' | 'refused' = 'unknown';

  /** Lower-case hexadecimal, or undefined when the answer is not one of `sha256sum`. */
  async run(connection: Connection, path: string, size: number): Promise<string | undefined> {
    if (this.state === 'refused') return undefined;
    const output = await connection.run(`sha256sum ${shellQuoted(path)}`, patienceMs(size));
    const hash = parseSha256sum(output ?? '');
    // A server that has answered once is asked again: a later failure concerns that file, not the server.
    if (this.state === 'unknown') this.state = hash === undefined ? 'refused' : 'works';
    return hash;
  }
}

/** One line of `sha256sum`: hash, blank, blank or `*`, name. A backslash before the hash means that the name is escaped. */
export function parseSha256sum(output: string): string | undefined {
  return /^\\?([0-9a-f]{64}) [ *][^\n]+\n?$/.exec(output)?.[1];
}

/** Quotes a word for any POSIX shell. It must not begin with a dash, which would make it an option. */
export function shellQuoted(path: string): string {
  const word = path.startsWith('-') ? `./${path}` : path;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
