// Grants on single routines end when the routine is dropped, and a swap drops routines and makes them again.
import { DatabaseError } from '../errors.js';
import { queryRows, type MysqlLocation } from './client.js';
import { literal, quoted } from './contents.js';
import { account } from './privileges.js';

export interface RoutineGrant {
  kind: string;
  routine: string;
  /** user@host; a role has no host. */
  to: string;
  /** As the server lists them, such as `Execute,Alter Routine,Grant`. */
  privileges: string;
}

/** None where the user may not read them: then they are not given again either. */
export async function routineGrants(
  location: MysqlLocation,
  name: string,
  signal?: AbortSignal,
): Promise<RoutineGrant[]> {
  const sql = `SELECT Routine_type, Routine_name, CONCAT(User, '@', Host), Proc_priv FROM mysql.procs_priv WHERE Db = ${literal(name)};`;
  try {
    const rows = await queryRows({ ...location, database: name }, sql, signal, 'restore');
    return rows.map(([kind = '', routine = '', to = '', privileges = '']) => ({ kind, routine, to, privileges }));
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'MISSING_PRIVILEGE') return [];
    throw error;
  }
}

export function grantAgain(name: string, { kind, routine, to, privileges }: RoutineGrant): string {
  const all = privileges.split(',');
  const given = all.filter((one) => one !== 'Grant').join(', ') || 'USAGE';
  const option = all.includes('Grant') ? ' WITH GRANT OPTION' : '';
  const whom = to.endsWith('@') ? quoted(to.slice(0, -1)) : account(to);
  return `GRANT ${given} ON ${kind} ${quoted(name)}.${quoted(routine)} TO ${whom}${option};`;
}
