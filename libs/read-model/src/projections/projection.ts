import type { ProjectedTable, Tables } from '../schema/tables.js';
import type { Step } from './streams.js';

/**
 * What an event makes of one row. `insert`: there is none of that key yet. `put`: the whole row, whether there is one or not.
 * `update`: some columns of a row that is there, and none of the others. A row that says when it was changed says so in every
 * update, since the database must not: a rebuild gives identical tables.
 */
export type RowChange<Row> =
  | { readonly kind: 'insert' | 'put'; readonly row: Row }
  | {
      readonly kind: 'update';
      readonly key: Row[keyof Row];
      readonly set: Partial<Row> & ('updated_at' extends keyof Row ? Pick<Row, 'updated_at'> : unknown);
    };

/** Turns each step of the log into rows of its own table. Pure: no clock, no I/O, and nothing is remembered. */
export interface Projection<Table extends ProjectedTable = ProjectedTable> {
  readonly table: Table;
  readonly key: keyof Tables[Table] & string;
  readonly change: (step: Step) => RowChange<Tables[Table]> | undefined;
}

export type AnyProjection = { [Table in ProjectedTable]: Projection<Table> }[ProjectedTable];
