// Since May 2024 a dump of MariaDB begins with a line that only newer clients of MariaDB accept. To others it is an error.
import type { MysqlClient } from './client.js';

const LINE = /^\/\*M?!999999\\- enable the sandbox mode \*\/[^\n]*\n/;
const LONGEST = 64;

/** The first release of each series whose client accepts the line; all later series do. */
const FIRST: Record<string, number> = {
  '10.5': 25,
  '10.6': 18,
  '10.11': 8,
  '11.0': 6,
  '11.1': 5,
  '11.2': 4,
  '11.4': 2,
};

export function readsSandboxLine({ flavour, version }: Pick<MysqlClient, 'flavour' | 'version'>): boolean {
  if (flavour !== 'mariadb') return false;
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const first = FIRST[`${major}.${minor}`];
  return first === undefined ? major > 11 || (major === 11 && minor > 4) : patch >= first;
}

/** The dump without that line, if it has it. */
export async function* withoutSandboxLine(dump: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let beginning: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of dump) {
    if (beginning === undefined) {
      yield chunk;
      continue;
    }
    beginning = Buffer.concat([beginning, chunk]);
    if (beginning.length < LONGEST) continue;
    yield withoutLine(beginning);
    beginning = undefined;
  }
  if (beginning !== undefined) yield withoutLine(beginning);
}

function withoutLine(beginning: Buffer): Buffer {
  const line = LINE.exec(beginning.toString('latin1', 0, 256))?.[0] ?? '';
  return beginning.subarray(line.length);
}
