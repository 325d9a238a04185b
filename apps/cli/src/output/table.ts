import { printable } from '@havun/text';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'right';
  /** May be cut when the terminal is too narrow. */
  readonly shrinks?: boolean;
  /** Colours the finished cell, padding included. */
  readonly paint?: (text: string, row: Row) => string;
}

const gap = '  ';
/** The least width of a column that has to shrink. */
const narrowest = 8;

/** A table without lines that fits into `width` characters: it cuts the columns that may shrink, the widest first. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const cells = rows.map((row) => columns.map(({ text }) => printable(text(row))));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((line) => (line[index] ?? '').length)),
  );
  shrink(widths, columns, width);
  const line = (texts: readonly string[], paint?: (text: string, column: number) => string): string =>
    texts
      .map((text, index) => {
        const cell = pad(cut(text, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.align);
        return paint ? paint(cell, index) : cell;
      })
      .join(gap)
      .trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    ...cells.map((texts, at) => line(texts, (cell, index) => columns[index]?.paint?.(cell, rows[at] as Row) ?? cell)),
  ].join('\n');
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    const widest = widths.reduce(
      (best, each, index) => (columns[index]?.shrinks && each > narrowest && each > (widths[best] ?? 0) ? index : best),
      -1,
    );
    if (widest === -1) return;
    widths[widest] = Math.max(narrowest, (widths[widest] ?? 0) - (total() - width));
  }
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

const pad = (text: string, width: number, align?: 'right'): string =>
  align === 'right' ? text.padStart(width) : text.padEnd(width);
