import { sql } from 'kysely';
import { inChunks } from '../chunks.js';
import type { Transaction } from '../database/port.js';
import type { TableNames } from '../schema/tables.js';
import type { AnyProjection, RowChange } from './projection.js';
import type { Step } from './streams.js';

type Row = Readonly<Record<string, unknown>>;
type Change = RowChange<Row>;

/** The changes that a batch makes to one table, gathered in memory: one change per row, however many events changed it. */
export class PendingRows {
  readonly #changes = new Map<unknown, Change>();

  constructor(private readonly projection: AnyProjection) {}

  get table(): AnyProjection['table'] {
    return this.projection.table;
  }

  take(step: Step): void {
    const change = this.projection.change(step) as Change | undefined;
    if (!change) return;
    const key = change.kind === 'update' ? change.key : change.row[this.projection.key];
    const earlier = this.#changes.get(key);
    this.#changes.set(key, earlier ? joined(earlier, change) : change);
  }

  /** The rows as a rebuild would write them. */
  rows(): Row[] {
    return this.#ofKind('insert', 'put');
  }

  async write(tx: Transaction, names: TableNames): Promise<void> {
    const name = names[this.projection.table];
    for (const rows of inChunks(this.#ofKind('insert'))) await tx.insertInto(name).values(rows).execute();
    for (const rows of inChunks(this.#ofKind('put'))) await tx.replaceInto(name).values(rows).execute();
    for (const change of this.#changes.values()) {
      if (change.kind !== 'update') continue;
      await tx
        .updateTable(name)
        .set(change.set as never)
        .where(sql.ref(this.projection.key), '=', change.key)
        .execute();
    }
  }

  #ofKind(...kinds: Change['kind'][]): Row[] {
    return [...this.#changes.values()].flatMap((change) =>
      change.kind !== 'update' && kinds.includes(change.kind) ? [change.row] : [],
    );
  }
}

function joined(earlier: Change, later: Change): Change {
  if (later.kind !== 'update') return later;
  if (earlier.kind === 'update') return { ...earlier, set: { ...earlier.set, ...later.set } };
  return { ...earlier, row: { ...earlier.row, ...later.set } };
}
