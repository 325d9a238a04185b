import { describe, expect, it } from '@jest/globals';
import { renderTable, type Column } from './table.js';

interface Row {
  name: string;
  size: string;
  note: string;
}
const columns: Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'SIZE', text: ({ size }) => size, align: 'right' },
  { title: 'NOTE', text: ({ note }) => note, shrinks: true },
];
const rows: Row[] = [
  { name: '2025-11-21-03-00-00-havunadmin', size: '52.5 MB', note: 'a long remark that goes on and on' },
  { name: 'b', size: '1 B', note: '' },
];

describe('a table', () => {
  it('lines its columns up', () => {
    expect(renderTable(columns, rows, 200).split('\n')).toEqual([
      'NAME                               SIZE  NOTE',
      '2025-11-21-03-00-00-havunadmin  52.5 MB  a long remark that goes on and on',
      'b                                   1 B',
    ]);
  });

  it('fits a narrow terminal by cutting what may be cut', () => {
    const lines = renderTable(columns, rows, 60).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
    expect(lines[1]).toBe('2025-11-21-03-00-00-havunadmin  52.5 MB  a long remark that…');
  });

  it('never cuts what may not be cut, however narrow', () => {
    expect(renderTable(columns, rows, 10)).toContain('2025-11-21-03-00-00-havunadmin');
  });

  it('does not count paint as width', () => {
    const painted = renderTable([{ ...columns[0]!, paint: (text) => `<${text}>` }], rows, 80);
    expect(painted.split('\n')[2]).toBe(`<${'b'.padEnd(30)}>`);
  });
});
