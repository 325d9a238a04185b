import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BackupEvent, Hold } from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { requestBackup } from '../backups/request-backup.js';
import { aConfig, Requests } from '../testing/requests.js';
import { cancelDeletion, listDeletions } from './deletions.js';
import { listHolds, placeHold, releaseHold } from './holds.js';

const hot = 'havunadmin/hot/a.zip';
const ended: BackupEvent[] = [
  aBackupEvent('BackupStarted'),
  aBackupEvent('ArchiveCreated', { path: hot }),
  aBackupEvent('Verified', { path: hot }),
  aBackupEvent('BackupCompleted', { copies: [{ storage: 'local', path: hot, verified: true }] }),
];

describe('holds', () => {
  let deps: Requests;
  let name: string;

  beforeEach(async () => {
    deps = new Requests(await aConfig());
    name = await aBackup('havunadmin');
  });

  async function aBackup(project: string, slot = new Date('2025-11-22T03:00:00Z')): Promise<string> {
    const backupId = deps.ids.uuid();
    const outcome = await requestBackup(deps, { project, backupId, trigger: 'schedule', slot });
    if (outcome.kind !== 'requested') throw new Error(outcome.refusal.message);
    await deps.append(outcome.stream, ...ended);
    return outcome.name;
  }

  const hold = (changes: object = {}) => placeHold(deps, { name, by: 'henk', reason: 'audit', ...changes });
  const release = (changes: object = {}) => releaseHold(deps, { name, by: 'marie', reason: 'over', ...changes });
  const codeOf = async (outcome: Promise<{ kind: string; refusal?: { code: string } }>) =>
    (await outcome).refusal?.code ?? (await outcome).kind;
  const tables = (holds: readonly Hold[] = []) => ({
    backedUpProjects: () => Promise.resolve(['gone', 'havunadmin']),
    backupsHeldOrProposed: () => Promise.resolve([{ name, project: 'havunadmin', holds, deletion: null }]),
  });

  it('are placed on a backup, by its name or by its date and time alone, and released', async () => {
    for (const given of [name, '2025-11-22-04-00-00']) {
      const placed = await hold({ name: given, until: '2026-12-31', review: '2026-06-30' });
      expect(placed).toMatchObject({
        kind: 'done',
        target: { kind: 'backup', name },
        hold: { by: 'henk', until: '2026-12-31T23:00:00.000Z', review: '2026-06-30T12:00:00.000Z' },
      });
      expect(await release()).toMatchObject({ kind: 'done', hold: { reason: 'audit' } });
    }
    expect(await codeOf(release())).toBe('NO_SUCH_HOLD');
  });

  it('are placed on a whole project, also one that has left the configuration', async () => {
    const { havunmcp } = deps.config.projects;
    await aBackup('havunmcp');
    Object.assign(deps, { config: { ...deps.config, projects: { havunadmin: havunmcp } } });
    expect(await hold({ name: 'havunmcp' })).toMatchObject({ kind: 'done', target: { kind: 'project' } });
    expect(await codeOf(hold({ name: 'havunmpc' }))).toBe('UNKNOWN_NAME');
    expect(await codeOf(hold({ name: '' }))).toBe('UNKNOWN_NAME');
    expect(await codeOf(hold({ name: '2025-11-23-04-00-00-havunadmin' }))).toBe('UNKNOWN_NAME');
    expect(await codeOf(hold({ name: 'restore-2025-11-22-04-00-00-havunadmin' }))).toBe('UNKNOWN_NAME');
  });

  it('are refused where the name could mean two backups', async () => {
    await aBackup('havunmcp');
    const outcome = await hold({ name: '2025-11-22-04-00-00' });
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'AMBIGUOUS_NAME' } });
    expect(JSON.stringify(outcome)).toContain('2025-11-22-04-00-00-havunmcp');
  });

  it.each([
    [{ until: '2025-11-21' }, 'not in the future'],
    [{ review: '2025-11-22' }, 'not in the future'],
    [{ until: '2026-02-30' }, 'not a date'],
    [{ until: '31-12-2026' }, 'not a date'],
    [{ until: '20266-01-01' }, 'not a date'],
    [{ until: '2026-01-01', review: '2026-01-02' }, 'after it has ended'],
  ])('are refused with %j', async (dates, why) => {
    const before = (await deps.log()).length;
    expect(await hold(dates)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'HOLD_DATES', message: expect.stringContaining(why) },
    });
    expect(await deps.log()).toHaveLength(before);
  });

  it('hold through the last day that was given', async () => {
    expect(await hold({ until: '2025-11-22' })).toMatchObject({ hold: { until: '2025-11-22T23:00:00.000Z' } });
  });

  it('are told apart by their ids where there are two', async () => {
    const [first] = [await hold(), await hold({ reason: 'lawsuit' })];
    expect(await codeOf(release())).toBe('AMBIGUOUS_HOLD');
    const holdId = first.kind === 'done' ? first.hold.id : '';
    expect(await release({ holdId })).toMatchObject({ hold: { reason: 'audit' } });
    expect(await codeOf(release({ holdId }))).toBe('NO_SUCH_HOLD');
    expect(await release()).toMatchObject({ hold: { reason: 'lawsuit' } });
  });

  it('need a second person where the configuration says so', async () => {
    Object.assign(deps, { config: { ...deps.config, holds: { release_by_second_person: true } } });
    await hold();
    await hold({ name: 'havunmcp' });
    expect(await codeOf(release({ by: 'henk' }))).toBe('SECOND_PERSON_NEEDED');
    expect(await codeOf(release({ by: 'henk', name: 'havunmcp' }))).toBe('SECOND_PERSON_NEEDED');
    expect(await codeOf(release())).toBe('done');
    expect(await codeOf(release({ name: 'havunmcp' }))).toBe('done');
  });

  it('are listed while they are in force, and say when somebody was to look at them', async () => {
    await hold({ name: 'havunmcp' });
    const holds: Hold[] = [
      { id: '1', by: 'henk', reason: 'old', placedAt: '2025-01-01T00:00:00.000Z', until: '2025-02-01T00:00:00.000Z' },
      { id: '2', by: 'henk', reason: 'due', placedAt: '2025-01-01T00:00:00.000Z', review: '2025-02-01T00:00:00.000Z' },
    ];
    const listed = await listHolds(deps, tables(holds));
    expect(listed.map((one) => [one.kind, one.name, one.reason, one.isReviewDue])).toEqual([
      ['project', 'havunmcp', 'audit', false],
      ['backup', name, 'due', true],
    ]);
  });

  it('come from the cancelling of a deletion, and are released like any other', async () => {
    expect(await codeOf(cancelDeletion(deps, { name, by: 'henk', reason: 'needed' }))).toBe('NO_DELETION_PROPOSED');
    const stream = (await deps.log()).find(({ event }) => event.type === 'BackupRequested')!.stream;
    await deps.append(stream, aBackupEvent('DeletionProposed'));
    expect(await cancelDeletion(deps, { name, by: 'henk', reason: 'needed' })).toMatchObject({
      kind: 'cancelled',
      name,
    });
    expect(await codeOf(cancelDeletion(deps, { name, by: 'henk', reason: 'needed' }))).toBe('NO_DELETION_PROPOSED');
    expect(await release()).toMatchObject({ kind: 'done', hold: { reason: 'needed' } });
    expect(await codeOf(cancelDeletion(deps, { name: 'x', by: 'henk', reason: 'r' }))).toBe('UNKNOWN_BACKUP');
  });
});

describe('proposed deletions', () => {
  it('are listed with the next one first, and with what is due', async () => {
    const deps = new Requests(await aConfig());
    const deletion = { rule: 'archive-years', reason: 'older than 1 year', proposedAt: '2025-11-01T00:00:00.000Z' };
    const proposed = (name: string, notBefore: string | undefined) => ({
      name,
      project: 'p',
      holds: [],
      deletion: notBefore === undefined ? null : { ...deletion, notBefore },
    });
    const listed = await listDeletions(deps, {
      backupsHeldOrProposed: () =>
        Promise.resolve([
          proposed('b', '2025-12-01T00:00:00.000Z'),
          proposed('held', undefined),
          proposed('a', '2025-11-15T00:00:00.000Z'),
        ]),
    });
    expect(listed.map(({ name, isDue }) => [name, isDue])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});
