import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BackupEvent, Copy } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { anyHistory } from '../testing/arbitrary-history.js';
import { aRun, backupStream } from '../testing/history.js';
import { isOf } from './streams.js';
import { rowOfRun, runOfRow } from './run-row.js';
import { archiveOf, copiesOf, evolveRun, type Run } from './run.js';

const after = (...events: BackupEvent[]): Run | undefined =>
  events.reduce<Run | undefined>(
    (run, event, i) => evolveRun(run, { stream: backupStream('run-1'), position: i + 1, event }),
    undefined,
  );

describe('a run', () => {
  it('does not exist before it is requested', () => {
    expect(after(aBackupEvent('BackupStarted'), aBackupEvent('BackupFailed'))).toBeUndefined();
  });

  it('keeps its archive and its copies when it ends', () => {
    const run = after(...aRun(0, 'havunadmin', 'partial'))!;
    expect(run.state.status).toBe('partial');
    expect(archiveOf(run)?.size).toBe(1000);
    expect(copiesOf(run).map(([storage, { state }]) => [storage, state])).toEqual([
      ['local', 'verified'],
      ['hetzner', 'failed'],
    ]);
  });

  it('counts the attempts also after the archive is there', () => {
    const [requested, started, ...rest] = aRun(0, 'havunadmin', 'success');
    const run = after(requested!, started!, aBackupEvent('BackupStarted', { attempt: 2 }), ...rest);
    expect(run?.state).toMatchObject({ attempts: 2 });
  });

  it('remembers what went wrong last, and that it ended well all the same', () => {
    const run = after(...aRun(0, 'havunadmin', 'partial'));
    expect(run).toMatchObject({ state: { status: 'partial', failure: { code: 'CHECKSUM_MISMATCH' } } });
  });

  it('is the same object after an event that changes nothing', () => {
    const ended = after(...aRun(0, 'havunadmin', 'success'));
    const again = { stream: backupStream('run-1'), position: 99, event: aBackupEvent('BackupFailed') };
    expect(evolveRun(ended, again)).toBe(ended);
  });

  it('is there with its archive and copies when it was found in the storages', () => {
    const run = after(aBackupEvent('BackupCatalogued', { at: '2026-01-01T00:00:00.000Z' }))!;
    const { createdAt } = aBackupEvent('BackupCatalogued').data;
    expect(run).toMatchObject({
      state: { status: 'success', requestedAt: createdAt, attempts: 0, endedAt: '2026-01-01T00:00:00.000Z' },
      requestedPosition: 1,
      endedPosition: 1,
    });
    for (const key of ['startedAt', 'durationSeconds', 'failure']) expect(run.state).not.toHaveProperty(key);
    expect(archiveOf(run)?.size).toBe(1000);
    expect(copiesOf(run).map(([storage, { state }]) => [storage, state])).toEqual([
      ['local', 'verified'],
      ['hetzner', 'verified'],
    ]);
  });

  it('keeps its end and its other copies when one of them was found elsewhere', () => {
    const before = after(...aRun(0, 'havunadmin', 'success'))!;
    const copies = [{ storage: 'hetzner', path: 'havunadmin/archive/2025/01/a.zip', verified: false }];
    const found = aBackupEvent('BackupCatalogued', { copies, status: 'partial' });
    const run = evolveRun(before, { stream: backupStream('run-1'), position: 99, event: found })!;
    expect(run.state).toMatchObject({ ...before.state, status: 'partial', archived: expect.anything() });
    expect([run.endedPosition, run.position]).toEqual([before.endedPosition, 99]);
    expect(archiveOf(run)).toEqual(archiveOf(before));
    expect(copiesOf(run)).toEqual([
      copiesOf(before)[0],
      ['hetzner', { state: 'present', path: 'havunadmin/archive/2025/01/a.zip', at: found.at }],
    ]);
  });

  it('comes back from its row with its holds, its proposed deletion, and what was refused', () => {
    const events = aRun(0, 'havunadmin', 'success');
    const [requested, ...rest] = events;
    const path = 'havunadmin/hot/2025-01-01-03-00-00-havunadmin.zip';
    const held = after(requested!, aBackupEvent('HoldPlaced'))!;
    expect(runOfRow(rowOfRun(held)).state.holds).toMatchObject([{ by: 'henk', reason: 'Audit of 2025' }]);
    const kept = after(
      ...[requested!, aBackupEvent('HoldPlaced'), ...rest],
      aBackupEvent('DeletionProposed'),
      aBackupEvent('DeletionRefused', { path }),
      aBackupEvent('DeletionStarted', { storage: 'hetzner', path, at: '2026-02-01T00:00:00.5Z' }),
    )!;
    expect(kept.state).toMatchObject({
      holds: [expect.anything()],
      deletion: { notBefore: '2033-01-15T02:00:00.000Z' },
      refusals: { local: 'ON_HOLD' },
    });
    const { state } = runOfRow(rowOfRun(kept));
    expect(state).toMatchObject({ ...kept.state, archived: expect.anything() });
    const [local, [, removing]] = copiesOf(kept) as [[string, Copy], [string, Copy]];
    expect(copiesOf({ ...kept, state })).toEqual([local, ['hetzner', { ...removing, at: '2026-02-01T00:00:00.500Z' }]]);
    const removed = after(
      ...events,
      aBackupEvent('DeletionStarted', { path }),
      aBackupEvent('HotCopyDeleted', { path }),
    )!;
    expect(runOfRow(rowOfRun(removed))).toEqual(removed);
    expect(rowOfRun(removed)).toMatchObject({ status: 'success', keeping: null });
  });

  it('remembers to the millisecond what a copy was before its deletion began, whether it was put away or not', () => {
    const path = 'havunadmin/hot/2025-01-01-03-00-00-havunadmin.zip';
    const seen = after(
      ...aRun(0, 'havunadmin', 'success'),
      aBackupEvent('Verified', { path, at: '2026-02-01T00:00:00Z' }),
    )!;
    const next = { stream: backupStream('run-1'), position: 99, event: aBackupEvent('DeletionStarted', { path }) };
    expect(rowOfRun(evolveRun(runOfRow(rowOfRun(seen)), next)!)).toEqual(rowOfRun(evolveRun(seen, next)!));
  });

  it('goes on from its row exactly as from memory, whenever it was put away', () => {
    fc.assert(
      fc.property(anyHistory, fc.func(fc.boolean()), (log, putAway) => {
        const runs = new Map<string, Run>();
        const fromRows = new Map<string, Run>();
        for (const event of log.events) {
          if (!isOf('backup', event)) continue;
          const { id } = event.stream;
          for (const into of [runs, fromRows]) {
            const run = evolveRun(into.get(id), event);
            if (run) into.set(id, run);
          }
          const stored = fromRows.get(id);
          if (stored && putAway(event.position)) fromRows.set(id, runOfRow(rowOfRun(stored)));
        }
        expect([...fromRows.values()].map(rowOfRun)).toEqual([...runs.values()].map(rowOfRun));
      }),
    );
  });
});
