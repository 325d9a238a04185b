import { ReadModelError } from '../error.js';

const denied =
  /^ER_(ACCESS_DENIED|DBACCESS_DENIED|TABLEACCESS_DENIED|COLUMNACCESS_DENIED|SPECIFIC_ACCESS_DENIED|HOST_NOT_PRIVILEGED|NOT_SUPPORTED_AUTH)/;
const unreachable =
  /^(ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|PROTOCOL_|ER_CON_COUNT|ER_TOO_MANY_USER|ER_SERVER_SHUTDOWN|ER_HOST_IS_BLOCKED)/;

/** Turns an error of mysql2 into ours, and names the server. Its messages contain user names, never passwords. */
export function mysqlErrors(place: string): (error: unknown) => ReadModelError {
  return (error) => {
    if (error instanceof ReadModelError) return error;
    const { code = '', message = String(error), fatal } = error as { code?: string; message?: string; fatal?: boolean };
    const failure = (...[of, what, remedy]: [ReadModelError['code'], string, string]) =>
      new ReadModelError(of, `${place}: ${what} (${message || code})`, remedy, { cause: error });

    if (denied.test(code)) {
      return failure(
        'READ_MODEL_ACCESS_DENIED',
        'access denied',
        'Check read_model.username and password, and grant that user ALL PRIVILEGES on the database of the read model.',
      );
    }
    if (code === 'ER_BAD_DB_ERROR') {
      return failure(
        'READ_MODEL_MISSING',
        'there is no such database',
        'Create it: CREATE DATABASE … CHARACTER SET utf8mb4.',
      );
    }
    if (code === 'ER_NO_SUCH_TABLE') {
      return failure(
        'READ_MODEL_MISSING',
        'there are no tables yet',
        'Start the audit-projection service (or «havun up»): it makes and fills them from the event log.',
      );
    }
    if (/^ER_(LOCK_WAIT_TIMEOUT|LOCK_DEADLOCK|TABLE_DEF_CHANGED|CHECKREAD)/.test(code)) {
      return failure(
        'READ_MODEL_BUSY',
        'another program is writing to the tables',
        'Wait for it to end, and try again.',
      );
    }
    if (/^ER_(DISK_FULL|RECORD_FILE_FULL|TEMP_FILE_WRITE_FAILURE)/.test(code)) {
      return failure('READ_MODEL_FULL', 'its disk is full', 'Make room on the disk of the database server.');
    }
    if (/^ER_(CRASHED|NOT_KEYFILE|TABLE_CORRUPT)/.test(code)) {
      return failure(
        'READ_MODEL_CORRUPT',
        'a table is damaged',
        'Drop the tables of the read model and start the audit-projection service: it fills new ones from the event log.',
      );
    }
    if (unreachable.test(code) || fatal === true) {
      return failure(
        'READ_MODEL_UNREACHABLE',
        'the server cannot be reached',
        'Check that it runs and that read_model.host and port are right.',
      );
    }
    return failure(
      'READ_MODEL_QUERY_FAILED',
      'the database refused',
      'This error was not expected: look in the logs of the service and of the server, and report it with both.',
    );
  };
}
