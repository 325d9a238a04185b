import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextOfSwap, nextOfUndo, type Exchange, type Present, type SwapNext, type UndoNext } from './swap-decision.js';
import { records } from './testing/swap-records.js';
import { SwapModel, Stopped } from './testing/swap-model.js';

/** Which of live, incoming and kept exist, as a column of the tables below. */
const COLUMNS = ['---', 'L--', '-I-', 'LI-', '--K', 'L-K', '-IK', 'LIK'];
const presentAs = (column: string): Present => ({
  live: column.includes('L'),
  incoming: column.includes('I'),
  kept: column.includes('K'),
});

/** As few letters as distinguish the answers. */
const REFUSALS = {
  UNDO_BEGUN: '!undo',
  INCOMING_MISSING: '!inc',
  KEPT_MISSING: '!kept',
  KEPT_EXISTS: '!there',
  LIVE_MISSING: '!live',
};
const short = (next: SwapNext | UndoNext): string => {
  if (next.do === 'refuse') return REFUSALS[next.why];
  return 'hadLive' in next ? `${next.do.replace(' ', '-')}${next.hadLive ? '+' : ''}` : next.do;
};

const table = (decide: typeof nextOfSwap | typeof nextOfUndo, exchange: Exchange): string =>
  Object.entries(records)
    .filter(([, record]) => exchange === 'by steps' || record?.phase !== 'moved')
    .map(([name, record]) =>
      [name.padEnd(15), ...COLUMNS.map((column) => short(decide(record, presentAs(column), exchange)).padEnd(12))]
        .join(' ')
        .trimEnd(),
    )
    .join('\n');

const rows = (text: string): string =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.trim())
    .join('\n');

describe('what comes next in a swap', () => {
  it('is decided for all that may be there, where a database moves at once', () => {
    expect(table(nextOfSwap, 'at once')).toBe(rows(SWAP_AT_ONCE));
    expect(table(nextOfUndo, 'at once')).toBe(rows(UNDO_AT_ONCE));
  });

  it('is decided for all that may be there, where a database moves by steps', () => {
    expect(table(nextOfSwap, 'by steps')).toBe(rows(SWAP_BY_STEPS));
    expect(table(nextOfUndo, 'by steps')).toBe(rows(UNDO_BY_STEPS));
  });

  it.each<Exchange>(['at once', 'by steps'])(
    'leads to the new or to the old database, whole, from wherever it was stopped (%s)',
    (exchange) => {
      const stops = fc.array(fc.tuple(fc.constantFrom('swap', 'undo'), fc.nat(8)), { maxLength: 6 });
      fc.assert(
        fc.property(fc.boolean(), stops, fc.constantFrom('swap', 'undo'), (hadLive, attempts, last) => {
          const model = new SwapModel(exchange, hadLive);
          for (const [what, steps] of attempts) {
            const refused = what === 'swap' && model.isUndoBegun();
            try {
              model.run(what, steps);
            } catch (error) {
              if (!(error instanceof Stopped || refused)) throw error;
            }
          }
          if (last === 'undo' || model.isUndoBegun()) {
            model.run('undo');
            // Before a swap there is nothing to take back, and the import stays.
            const imported = model.isBegun() ? {} : { incoming: 'new' };
            expect(model.databases).toEqual({ ...(hadLive && { live: 'old' }), ...imported });
          } else {
            model.run('swap');
            expect(model.databases).toEqual(hadLive ? { live: 'new', kept: 'old' } : { live: 'new' });
          }
        }),
        { numRuns: 2000 },
      );
    },
  );
});

const SWAP_AT_ONCE = `
                ---          L--          -I-          LI-          --K          L-K          -IK          LIK
none            !inc         !inc         begin        begin+       !inc         !inc         !there       !there
swap+ prepared  !live        !kept        begin        begin+       !live        finish       !live        !there
swap+ done      nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
swap prepared   !inc         finish       begin        begin+       !inc         finish       !there       !there
swap done       nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
undo+ prepared  !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo+ done      !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo prepared   !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo done       !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
`;
const UNDO_AT_ONCE = `
                ---          L--          -I-          LI-          --K          L-K          -IK          LIK
none            !kept        !kept        nothing      nothing      bring-back+  bring-back+  bring-back+  bring-back+
swap+ prepared  !kept        !kept        clear        clear+       bring-back+  bring-back+  bring-back+  bring-back+
swap+ done      !kept        !kept        !kept        !kept        bring-back+  bring-back+  bring-back+  bring-back+
swap prepared   clear        remove-live  clear        clear+       clear        remove-live  clear        clear+
swap done       remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live
undo+ prepared  !kept        clear+       !kept        clear+       bring-back+  bring-back+  bring-back+  bring-back+
undo+ done      nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
undo prepared   remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live
undo done       nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
`;
const SWAP_BY_STEPS = `
                ---          L--          -I-          LI-          --K          L-K          -IK          LIK
none            !inc         !inc         begin        begin+       !inc         !inc         !there       !there
swap+ prepared  !inc         !inc         begin        begin+       !live        !inc         !live        move
swap+ moved     !live        !kept        !live        !kept        !live        finish       !live        finish
swap+ done      nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
swap prepared   !inc         !inc         begin        move         !inc         !inc         !there       move
swap moved      !live        finish       !live        finish       !live        finish       !live        finish
swap done       nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
undo+ prepared  !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo+ moved     !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo+ done      !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo prepared   !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo moved      !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
undo done       !undo        !undo        !undo        !undo        !undo        !undo        !undo        !undo
`;
const UNDO_BY_STEPS = `
                ---          L--          -I-          LI-          --K          L-K          -IK          LIK
none            !kept        !kept        nothing      nothing      bring-back+  bring-back+  bring-back+  bring-back+
swap+ prepared  clear        clear+       clear        clear+       bring-back+  bring-back+  bring-back+  bring-back+
swap+ moved     !kept        !kept        !kept        !kept        bring-back+  bring-back+  bring-back+  bring-back+
swap+ done      !kept        !kept        !kept        !kept        bring-back+  bring-back+  bring-back+  bring-back+
swap prepared   clear        remove-live  clear        remove-live  clear        remove-live  clear        remove-live
swap moved      remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live
swap done       remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live
undo+ prepared  !kept        clear+       !kept        clear+       bring-back+  bring-back+  bring-back+  bring-back+
undo+ moved     !kept        clear+       !kept        clear+       bring-back+  bring-back+  bring-back+  bring-back+
undo+ done      nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
undo prepared   remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live
undo moved      remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live  remove-live
undo done       nothing      nothing      nothing      nothing      nothing      nothing      nothing      nothing
`;
