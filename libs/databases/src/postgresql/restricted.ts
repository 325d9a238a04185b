// Since August 2025 psql can be told to refuse its own commands, except one with a secret word.
import { randomBytes } from 'node:crypto';
import type { ClientProgram } from '../client.js';

/** The first release of each series that knows the command; all later series do. */
const FIRST: Record<string, number> = { '13': 22, '14': 19, '15': 14, '16': 10, '17': 6 };

export function knowsRestrict({ versionLine }: Pick<ClientProgram, 'versionLine'>): boolean {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(versionLine) ?? [];
  const first = FIRST[major];
  return first === undefined ? Number(major) > 17 : Number(minor) >= first;
}

/** A script that psql runs without any of its own commands, if it can be told so. */
export async function* restricted(psql: ClientProgram, script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (knowsRestrict(psql)) yield Buffer.from(`\\restrict ${randomBytes(24).toString('hex')}\n`);
  yield* script;
}
