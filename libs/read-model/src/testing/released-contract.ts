import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readReleasedEvents } from '@havun/event-store/testing';
import { openReadModel, type LoggedEvent, type ReadLog, type ReadModel, type ReadModelConfig } from '../index.js';
import { listsOf } from './released-lists.js';
import { allRows } from './tables.js';

/** The tables of release 0.1, with the number of rows that its log gives each. */
const rowsOf01 = {
  audit_log: 177,
  backup_logs: 11,
  backup_runs: 14,
  backup_test_logs: 4,
  projection_checkpoints: 1,
  restore_logs: 8,
} as const;
type TableOf01 = keyof typeof rowsOf01;
const tablesOf01 = Object.keys(rowsOf01) as TableOf01[];

const released = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');

/**
 * What stands in the databases of people who have release 0.1 opens under this one. Columns and tables may have been added:
 * what was there keeps its value.
 */
export function releasedReadModelContract(
  dump: string,
  placeWith: (dump: string) => Promise<ReadModelConfig>,
  emptyPlace: () => Promise<ReadModelConfig>,
): void {
  describe('that release 0.1 filled', () => {
    let events: LoggedEvent[];
    let lists: Record<string, unknown>;
    let config: ReadModelConfig;
    let before: Record<string, unknown[]>;
    let model: ReadModel;
    const readLog: ReadLog = async function* (after) {
      yield* await Promise.resolve(events.filter(({ position }) => position > after));
    };
    /** As audit-projection does at its start. */
    const rebuildIfNeeded = async (): Promise<void> => {
      if (await model.needsRebuild()) await model.rebuild(readLog);
    };
    const oldRows = (): Promise<Record<string, unknown[]>> => allRows(config, tablesOf01);

    beforeAll(async () => {
      events = await readReleasedEvents('0.1');
      lists = JSON.parse(await released('released-lists-0.1.json')) as Record<string, unknown>;
    });
    beforeEach(async () => {
      config = await placeWith(await released(dump));
      before = await oldRows();
      model = await openReadModel(config);
    });
    afterEach(() => model.close());

    it('has the rows that it had, each with its old values', async () => {
      expect(await oldRows()).toMatchObject(before);
      expect(Object.fromEntries(Object.entries(before).map(([table, { length }]) => [table, length]))).toEqual(
        rowsOf01,
      );
    });

    it('gives the lists that it gave', async () => {
      expect(await listsOf(model.queries)).toMatchObject(lists);
    });

    it('is as far as the log is, and knows its events again', async () => {
      expect(await model.checkpoint()).toBe(events.length);
      await model.refuseAhead(events.length);
      await rebuildIfNeeded();
      await model.project(events);
      expect(await oldRows()).toMatchObject(before);
    });

    it('is the same after a rebuild from the log, and gives the same lists', async () => {
      const upgraded = await allRows(config);
      expect(await model.rebuild(readLog)).toEqual({ events: events.length });
      expect(await allRows(config)).toEqual(upgraded);
      expect(await listsOf(model.queries)).toMatchObject(lists);
    });

    it('is what this release makes of the same log in an empty place', async () => {
      const emptyConfig = await emptyPlace();
      const fresh = await openReadModel(emptyConfig);
      await fresh.project(events);
      await fresh.close();
      await rebuildIfNeeded();
      expect(await allRows(config)).toEqual(await allRows(emptyConfig));
    });
  });
}
