import type { ProjectedTable, Tables } from '../schema/tables.js';
import type { Step } from './streams.js';

/**
 * The effect of an event on one row. `insert`: no row of that key exists yet. `put`: the whole row, whether it exists or not.
 * `update`: some columns of an existing row, and none of the others. A row with a time of change sets it in every update, since
 * the database must not: a rebuild gives identical tables.
 */
export type RowChange<Row> =
  | { readonly kind: 'insert' | 'put'; readonly row: Row }
  | {
      readonly kind: 'update';
      readonly key: Row[keyof Row];
      readonly set: Partial<Row> & ('updated_at' extends keyof Row ? Pick<Row, 'updated_at'> : unknown);
    };

/** Turns each step of the log into rows of its own table. Pure: no clock, no I/O, no memory. */
export interface Projection<Table extends ProjectedTable = ProjectedTable> {
  readonly table: Table;
  readonly key: keyof Tables[Table] & string;
  readonly change: (step: Step) => RowChange<Tables[Table]> | undefined;
}

export type AnyProjection = { [Table in ProjectedTable]: Projection<Table> }[ProjectedTable];
