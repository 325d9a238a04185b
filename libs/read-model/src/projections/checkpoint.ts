import { eventDefinitions } from '@havun/domain';
import type { Transaction } from '../database/port.js';
import { ReadModelError } from '../error.js';
import type { TableNames } from '../schema/tables.js';

/** Raise it when the projections would write other rows for the same events: the tables must then be rebuilt. */
const projectionsVersion = 1;

/** What the rows depend on. A new version of an event changes what the audit log shows of older ones, so it counts too. */
export const rowsVersion = Object.values(eventDefinitions).reduce(
  (sum, { version }) => sum + version - 1,
  projectionsVersion,
);

/** All projections advance together, in one transaction, so they have one checkpoint. */
const projection = 'read_model';

export interface Checkpoint {
  readonly position: number;
  readonly rowsVersion: number;
}

export async function readCheckpoint(db: Transaction, names: TableNames): Promise<Checkpoint> {
  const row = await db
    .selectFrom(names.projection_checkpoints)
    .select(['position', 'rows_version'])
    .where('projection', '=', projection)
    .executeTakeFirst();
  return { position: row?.position ?? 0, rowsVersion: row?.rows_version ?? rowsVersion };
}

export async function writeCheckpoint(tx: Transaction, names: TableNames, position: number): Promise<void> {
  await tx
    .replaceInto(names.projection_checkpoints)
    .values({ projection, position, rows_version: rowsVersion })
    .execute();
}

export const firstCheckpoint = (tx: Transaction, names: TableNames): Promise<void> => writeCheckpoint(tx, names, 0);

/** Whether an older release wrote the rows: this one must not add to them, or the two would be mixed. */
export const isOutdated = (checkpoint: Checkpoint): boolean =>
  checkpoint.position > 0 && checkpoint.rowsVersion < rowsVersion;

/** @throws ReadModelError READ_MODEL_NEWER, READ_MODEL_OUTDATED */
export function refuseOtherRows(checkpoint: Checkpoint): void {
  if (checkpoint.rowsVersion > rowsVersion) {
    throw new ReadModelError(
      'READ_MODEL_NEWER',
      `The rows were written by version ${checkpoint.rowsVersion} of the projections, and this release has version ${rowsVersion}`,
      'A newer release filled these tables: upgrade this program to at least that release.',
    );
  }
  if (isOutdated(checkpoint)) {
    throw new ReadModelError(
      'READ_MODEL_OUTDATED',
      `The rows were written by version ${checkpoint.rowsVersion} of the projections, and this release has version ${rowsVersion}`,
      'Run «havun projection:rebuild»; the present tables can be read until it is done.',
    );
  }
}
