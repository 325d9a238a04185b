import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import type { RestoreEvent, RestoreTarget } from '@havun/domain';
import { aBackupEvent, aRestoreEvent } from '@havun/domain/testing';
import { projectLeaseKey } from '@havun/coordination';
import { newestRestores } from './newest-restores.js';
import { requestRestore, requestSettlement } from './request-restore.js';
import { aConfig, Requests, streamIn } from '../testing/requests.js';

let config: HavunConfig;
let requests: Requests;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
});

const { name: _n, reason: _r, target: production, ...facts } = aRestoreEvent('RestoreRequested').data;
const request = (restoreId: string = randomUUID(), target: RestoreTarget = production) =>
  requestRestore(requests, { ...facts, restoreId, target });

const work = [
  aRestoreEvent('SafetyBackupMade'),
  aRestoreEvent('RestoreStarted'),
  aRestoreEvent('ArchiveFetched'),
  aRestoreEvent('SwitchStarted'),
] as const;
const completed = [...work, aRestoreEvent('RestoreCompleted')] as const;

/** A restore that got as far as these events. @returns its name */
async function aRestore(events: readonly RestoreEvent[], target: RestoreTarget = production): Promise<string> {
  const outcome = await request(randomUUID(), target);
  if (outcome.kind === 'refused') throw new Error(outcome.refusal.message);
  await requests.append(outcome.stream, ...events);
  return outcome.name;
}

describe('a request for a restore', () => {
  it('gives it a name of its own, and is recorded once', async () => {
    const id = randomUUID();
    const first = await request(id);
    expect(first).toMatchObject({ kind: 'requested', name: 'restore-2025-11-22-10-00-00-havunadmin', isNew: true });
    expect(await request(id)).toMatchObject({ name: 'restore-2025-11-22-10-00-00-havunadmin', isNew: false });
    const log = await requests.log();
    expect(log.map(({ event }) => event.type)).toEqual([
      'NamePeriodsListed',
      'NamePeriodsListed',
      'RestoreNameReserved',
      'RestoreRequested',
    ]);
    expect(new Set(log.map(({ correlationId }) => correlationId))).toEqual(new Set([id]));
  });

  it('is refused beside a run that is at work on the project', async () => {
    const [backup, restore] = [randomUUID(), randomUUID()];
    await requests.append(streamIn('backup', backup), aBackupEvent('BackupRequested'));
    await requests.append(streamIn('restore', restore), aRestoreEvent('RestoreRequested'), ...completed.slice(0, 3));
    const refusals = [];
    for (const owner of [backup, restore]) {
      requests.atWork.set(projectLeaseKey('havunadmin'), owner);
      const outcome = await request();
      refusals.push(outcome.kind === 'refused' && outcome.refusal.code);
    }
    expect(refusals).toEqual(['ALREADY_RUNNING', 'RESTORE_RUNNING']);
    expect((await requests.log()).map(({ event }) => event.type)).not.toContain('RestoreNameReserved');
  });

  it('is not kept up by a run that has ended, nor where nothing of production is replaced', async () => {
    const [ended, running] = [randomUUID(), randomUUID()];
    await requests.append(streamIn('backup', ended), aBackupEvent('BackupRequested'), aBackupEvent('BackupFailed'));
    await requests.append(streamIn('backup', running), aBackupEvent('BackupRequested'));
    requests.atWork.set(projectLeaseKey('havunadmin'), ended);
    expect(await request()).toMatchObject({ kind: 'requested' });
    requests.atWork.set(projectLeaseKey('havunadmin'), running);
    expect(await request(randomUUID(), { kind: 'folder', path: '/srv/look' })).toMatchObject({ kind: 'requested' });
  });
});

describe('the restores of a project', () => {
  it('come with the latest first', async () => {
    const names = [await aRestore(completed), await aRestore([])];
    const known = await newestRestores(requests, ['havunadmin'], 10);
    expect(known.map(({ name }) => name)).toEqual(names.reverse());
    expect(known.map(({ state }) => state.status)).toEqual(['requested', 'completed']);
  });
});

describe('asking for an undo', () => {
  const settle = async (what: 'undo' | 'confirm', name?: string) => {
    const outcome = await requestSettlement(requests, {
      project: 'havunadmin',
      ...(name !== undefined && { name }),
      what,
      by: 'henk',
    });
    return outcome.kind === 'refused' ? outcome.refusal.code : outcome.restore.name;
  };
  const lastEvent = async () => (await requests.log()).at(-1)!.event.type;

  it('takes the latest that keeps what it has replaced', async () => {
    const kept = await aRestore(completed);
    await aRestore([...work, aRestoreEvent('RestoreFailed')]);
    expect(await settle('undo')).toBe(kept);
    expect(await lastEvent()).toBe('RestoreUndoRequested');
  });

  it('goes backwards in time: not before a later one was undone or confirmed', async () => {
    const [first, second] = [await aRestore(completed), await aRestore(completed)];
    expect(await settle('undo', first)).toBe('LATER_RESTORE');
    expect(await settle('undo')).toBe(second);
    expect(await settle('undo', first)).toBe('LATER_RESTORE');
    const known = await newestRestores(requests, ['havunadmin'], 10);
    await requests.append(known[0]!.stream, aRestoreEvent('RestoreUndone'));
    expect(await settle('undo')).toBe(first);
  });

  it('is refused while a later restore is on its way, named or not', async () => {
    const first = await aRestore(completed);
    const running = await aRestore(work);
    for (const name of [undefined, first]) expect(await settle('undo', name)).toBe('LATER_RESTORE');
    const outcome = await requestSettlement(requests, { project: 'havunadmin', what: 'undo', by: 'henk' });
    expect(outcome).toMatchObject({ refusal: { remedy: expect.stringContaining(`Wait until ${running}`) } });
  });

  it('does not mind later restores to elsewhere', async () => {
    const first = await aRestore(completed);
    await aRestore(completed, { kind: 'test' });
    await aRestore([], { kind: 'folder', path: '/srv/look' });
    expect(await settle('undo', first)).toBe(first);
  });

  it('is not asked of what was confirmed, and a confirmation minds no order', async () => {
    const [first] = [await aRestore(completed), await aRestore(completed)];
    expect(await settle('confirm', first)).toBe(first);
    expect(await lastEvent()).toBe('RestoreConfirmRequested');
    expect(await settle('confirm')).not.toBe(first);
    expect(await settle('undo', first)).toBe('LATER_RESTORE');
  });

  it('says that there is nothing to undo, or no such restore', async () => {
    expect(await settle('undo')).toBe('NO_SUCH_RESTORE');
    const failed = await aRestore([aRestoreEvent('RestoreFailed')]);
    expect(await settle('undo')).toBe('NO_SUCH_RESTORE');
    expect(await settle('undo', 'restore-2019-01-01-00-00-00-havunadmin')).toBe('NO_SUCH_RESTORE');
    expect(await settle('undo', failed)).toBe('NOTHING_KEPT');
  });
});
