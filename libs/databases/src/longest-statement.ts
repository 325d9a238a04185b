// A server takes no statement longer than its limit. A dump has longer ones than the application sent: a row with a large binary
// value is one statement, and hexadecimal doubles the value.
import type { DatabaseDetails, DatabaseWarning } from './database-details.js';
import type { DatabaseProblem } from './errors.js';

const mebibyte = 2 ** 20;
/** The most that any server of the MySQL family can be set to. */
const mostBytes = 2 ** 30;

/** Why a server with this limit, in bytes, refuses the dump; undefined where it takes it, or nobody knows. */
export function statementTooLong(
  { name, longest_statement_bytes: longest }: DatabaseDetails,
  limit: number | undefined,
  whose: string,
): DatabaseProblem | undefined {
  if (longest === undefined || limit === undefined || longest < limit) return undefined;
  const enough = Math.min(mostBytes, Math.ceil((longest * 1.1) / mebibyte) * mebibyte);
  return {
    code: 'STATEMENT_TOO_LONG',
    message: `database ${name}: the longest statement of its dump has ${longest} bytes, and ${whose} takes at most ${limit} (max_allowed_packet)`,
    remedy: `As an administrator of the database server: SET GLOBAL max_allowed_packet = ${enough}; and the same in its configuration file, for the next start.`,
    retryable: false,
    path: name,
  };
}

/** The server that was dumped would refuse its own dump, by the limit that it had then. */
export const tooLongForItsServer = (details: DatabaseDetails): DatabaseProblem | undefined =>
  statementTooLong(details, details.max_statement_bytes, 'the server that it comes from');

/** What a backup says of that. */
export function statementWarning(details: DatabaseDetails): DatabaseWarning | undefined {
  const problem = tooLongForItsServer(details);
  return (
    problem && {
      code: 'STATEMENT_TOO_LONG',
      path: details.name,
      message: `${problem.message}: a restore would be refused. ${problem.remedy}`,
    }
  );
}
