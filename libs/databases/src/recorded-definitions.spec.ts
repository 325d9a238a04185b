import { describe, expect, it } from '@jest/globals';
import { definitionDifferences, normalised, recorded, unchanged } from './recorded-definitions.js';

const before = recorded([
  ['table', 't', 'InnoDB'],
  ['columns', 't', '1', 'id'],
  ['columns', 't', '2', 'name'],
  ['trigger', 'g\u001b[31m', 'SET @a = 1'],
  ['event', 'e', 'ENABLED'],
]);
const named = (kind: string) => before.filter((one) => one.kind === kind);

describe('the definitions that a backup records', () => {
  it('are equal to themselves', () => {
    expect(before).toHaveLength(4);
    expect(definitionDifferences(before, before, false)).toEqual([]);
    expect(definitionDifferences([], undefined, false)).toEqual([]);
  });

  it('differ in one sentence for each thing, with a name that a terminal can show', () => {
    const now = recorded([
      ['table', 't', 'InnoDB'],
      ['columns', 't', '1', 'id'],
      ['event', 'e', 'DISABLED'],
    ]);
    expect(definitionDifferences(now, before, false)).toEqual([
      'Table t: its columns are not as in the backup.',
      expect.stringMatching(/^Trigger g[^\u001b]* is missing\.$/),
      'Event e is not as in the backup.',
    ]);
    expect(definitionDifferences(now, before, true)).toEqual([expect.stringMatching(/^Trigger g.* is missing\.$/)]);
    expect(definitionDifferences([], named('columns'), false)).toEqual([]);
  });

  it('are not compared where they changed during the dump', () => {
    expect(
      unchanged(
        before,
        recorded([
          ['event', 'e', 'ENABLED'],
          ['trigger', 'other', 'x'],
        ]),
      ),
    ).toEqual(named('event'));
  });

  it.each([
    [
      "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
      "((status)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
    ],
    ['select 1 from `a` join `b`', 'select 1 from (`a` join `b`)'],
  ])('are the same where a server prints its own words anew: %s', (one, other) => {
    expect(normalised(one)).toBe(normalised(other));
  });
});
