export type Cell = string;

export interface Table {
  readonly head: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
}

const isNumeric = (cell: Cell): boolean => /^[+-]?[\d.,]+( |$)/.test(cell) || cell === '' || cell === '-';

/** Columns side by side in `width` characters: numbers are aligned right, and the first column is wrapped where it would not fit. */
export function plainTable({ head, rows }: Table, width: number): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const others = widths.slice(1).reduce((sum, each) => sum + each + gap.length, 0);
  widths[0] = Math.max(Math.min(widths[0]!, width - others), leastFirst);
  const right = head.map((_, column) => column > 0 && rows.every((row) => isNumeric(row[column]!)));
  const line = (row: readonly Cell[]): string[] => {
    const [first = '', ...more] = wrap(row[0]!, widths[0]!);
    const cells = [first, ...row.slice(1)].map((cell, column) =>
      right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    return [cells.join(gap).trimEnd(), ...more.map((text) => `  ${text}`)];
  };
  const rule = widths.map((each) => '-'.repeat(each)).join(gap);
  return [...line(head), rule, ...rows.flatMap(line)].join('\n');
}

const gap = '  ';
const leastFirst = 16;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly Cell[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
