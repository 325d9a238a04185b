// A server that is started for a drill knows no roles of production. Where a dump can't be imported without them, it gets roles
// that may do nothing.
import { identifier } from '../insert-scanner.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import { literal, quoted } from './contents.js';

const NAME = String.raw`(?:"(?:[^"]|"")*"|[\w$\x80-\xff]+)`;
const POLICY = new RegExp(
  `^create policy ${NAME} on ${NAME}\\.${NAME}(?: as \\w+)?(?: for \\w+)? to (${NAME}(?:, ?${NAME})*)(?= using\\b| with check\\b|$)`,
  'i',
);
const MAPPING = new RegExp(`^create user mapping for (${NAME}) `, 'i');
/** Without quotes they are no names. */
const WORDS = /^(?:public|current_user|current_role|session_user|user)$/i;

/** The roles that a statement needs, with single blanks as white space. */
export function rolesOf(text: string): string[] {
  const list = (POLICY.exec(text) ?? MAPPING.exec(text))?.[1] ?? '';
  const names = list.match(new RegExp(NAME, 'g')) ?? [];
  return names.filter((name) => !WORDS.test(name)).map(identifier);
}

/** Collects the roles of a script, and makes them before the script goes on. Those of the system are never made. */
export class StubRoles {
  private readonly known = new Set<string>();
  private missing: string[] = [];

  see(text: string): void {
    for (const role of rolesOf(text)) {
      if (this.known.has(role) || role.startsWith('pg_')) continue;
      this.known.add(role);
      this.missing.push(role);
    }
  }

  async *before(
    script: AsyncIterable<Uint8Array>,
    superuser: PostgresqlLocation,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of script) {
      const roles = this.missing.splice(0);
      if (roles.length > 0) await queryRows(superuser, roles.map(makeRole).join('\n'), signal, 'restore');
      yield chunk;
    }
  }
}

const makeRole = (role: string): string =>
  `SELECT ${literal(`CREATE ROLE ${quoted(role)} NOLOGIN`)} WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(role)}) \\gexec`;
