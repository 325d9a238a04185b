import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import {
  backupDecider,
  fold,
  isEnded,
  projectRetentionStream,
  type BackupEvent,
  type KeptBackup,
  type RetentionPolicy,
} from '@havun/domain';
import { aBackupEvent } from '@havun/domain/testing';
import { requestBackup } from '../backups/request-backup.js';
import { aConfig, Requests } from '../testing/requests.js';
import { acceptRetention } from './accept-retention.js';
import { placeHold } from './holds.js';
import { planCleanup } from './plan-cleanup.js';
import { retiredProjects } from './retired-projects.js';
import { simulateRetention } from './simulate-retention.js';
import { whyKept } from './why-kept.js';

const now = '2025-11-22T09:00:00.000Z';
const project = 'havunadmin';
const dayMs = 86_400_000;

describe('what a person asks of retention', () => {
  let deps: Requests;
  const kept: KeptBackup[] = [];
  const tables = {
    keptBackups: (of: string) => Promise.resolve(kept.filter(({ state }) => state.request.project === of)),
    backedUpProjects: () => Promise.resolve([project, 'gone']),
  };

  beforeEach(async () => {
    kept.length = 0;
    deps = new Requests(await aConfig(), now);
    configure({ hot_retention_days: 7 });
    for (let day = 14; day > 0; day -= 1) await aBackup(day);
  });

  /** As havun.yaml would have it. */
  function configure(retention: object, names = [project, 'havunmcp']): void {
    const config = deps.config;
    const of = { ...config.projects[project], retention: { auto_cleanup_archive: true, ...retention } };
    const projects = Object.fromEntries(names.map((name) => [name, of])) as HavunConfig['projects'];
    Object.assign(deps, { config: { ...config, projects } });
  }

  /** Ended, with a verified copy here and offsite. */
  async function aBackup(daysAgo: number): Promise<KeptBackup> {
    const slot = new Date(Date.parse(now) - daysAgo * dayMs);
    const outcome = await requestBackup(deps, { project, backupId: deps.ids.uuid(), trigger: 'schedule', slot });
    if (outcome.kind !== 'requested') throw new Error(outcome.refusal.message);
    const { name, stream } = outcome;
    const path = `${project}/hot/${name}.zip`;
    const copies = ['local', 'hetzner'].map((storage) => ({ storage, path, verified: true }));
    const after: BackupEvent[] = [
      aBackupEvent('BackupStarted'),
      aBackupEvent('ArchiveCreated', { path }),
      aBackupEvent('Uploaded', { path, storage: 'hetzner' }),
      ...copies.map(({ storage }) => aBackupEvent('Verified', { storage, path })),
      aBackupEvent('BackupCompleted', { copies }),
    ];
    await deps.append(stream, ...after);
    const events = (await deps.store.read(stream)).map(({ event }) => event as BackupEvent);
    const state = fold(backupDecider, events);
    if (!isEnded(state)) throw new Error(state.status);
    const backup = { id: stream.id, name, date: slot.toISOString(), state };
    kept.push(backup);
    return backup;
  }

  const accepted = async (policy: RetentionPolicy, batch?: number): Promise<void> => {
    const data = { project, policy, by: 'retention', ...(batch !== undefined && { batch }) };
    await deps.append(projectRetentionStream(deps.config.host, project), { type: 'RetentionAccepted', at: now, data });
  };
  const accept = (dryRun = false) => acceptRetention(deps, tables, { project, by: 'henk', reason: 'enough', dryRun });
  const base = { autoCleanupArchive: true, complianceRequired: false, safetyBackupDays: 30 };

  it('is what a clean-up would do: the first policy acts as it is, and nothing is written', async () => {
    const before = (await deps.log()).length;
    const planned = await planCleanup(deps, tables, project);
    expect(planned).toMatchObject({ isAccepted: false, policy: { hotDays: 7 } });
    expect(planned.plan.filter(({ decision }) => decision === 'archive').length).toBeGreaterThan(5);
    expect(await deps.log()).toHaveLength(before);
  });

  it('is what waits: the accepted policy acts, and the configured one is shown with what it would delete', async () => {
    await accepted({ ...base, hotDays: 7 });
    configure({ hot_retention_days: 7, archive_retention_years: 1 });
    const planned = await planCleanup(deps, tables, project);
    expect(planned.policy).not.toHaveProperty('archiveYears');
    expect(planned.pending?.differences).toEqual([
      { setting: 'retention.archive_retention_years', accepted: 'for ever', proposed: '1' },
    ]);
    expect(planned.pending?.wouldDelete).toHaveLength(14);
    configure({ hot_retention_days: 20 });
    expect(await planCleanup(deps, tables, project)).toMatchObject({ policy: { hotDays: 20 }, isAccepted: false });
    expect(await planCleanup(deps, tables, project)).not.toHaveProperty('pending');
  });

  it('is accepted by a person, once, with a reason; a dry run accepts nothing', async () => {
    expect(await accept()).toMatchObject({ kind: 'nothing' });
    await accepted({ ...base, hotDays: 7 });
    configure({ hot_retention_days: 3 });
    expect(await accept(true)).toMatchObject({ kind: 'dry-run', question: { pending: { policy: { hotDays: 3 } } } });
    expect(await planCleanup(deps, tables, project)).toHaveProperty('pending');
    expect(await accept()).toMatchObject({ kind: 'accepted' });
    expect((await deps.log()).at(-1)?.event).toMatchObject({
      type: 'RetentionAccepted',
      data: { project, by: 'henk', reason: 'enough', policy: { hotDays: 3 } },
    });
    expect(await planCleanup(deps, tables, project)).not.toHaveProperty('pending');
    expect(await accept()).toMatchObject({ kind: 'nothing' });
  });

  it('is asked before very many go at once, and accepted with their number', async () => {
    const keep = { last: 1 };
    await accepted({ ...base, hotDays: 3, keep });
    configure({ hot_retention_days: 3, keep });
    const { largeBatch } = await planCleanup(deps, tables, project);
    expect(largeBatch).toMatchObject({ of: 14 });
    const outcome = await accept();
    expect(outcome).toMatchObject({ kind: 'accepted', question: { largeBatch } });
    expect((await deps.log()).at(-1)?.event).toMatchObject({ data: { batch: largeBatch?.deletes } });
    expect(await planCleanup(deps, tables, project)).not.toHaveProperty('largeBatch');
  });

  it('is why one backup is kept, from the log itself, where the tables are behind', async () => {
    const backup = kept.at(-5)!;
    expect(await whyKept(deps, tables, backup.name)).toMatchObject({
      kind: 'found',
      why: { planned: { rule: 'hot-days', decision: 'keep' }, holds: { backup: [], project: [] } },
    });
    await placeHold(deps, { name: backup.name, by: 'henk', reason: 'audit' });
    await placeHold(deps, { name: project, by: 'henk', reason: 'lawsuit' });
    expect(await whyKept(deps, tables, backup.name)).toMatchObject({
      why: { planned: { rule: 'hold' }, holds: { backup: [{ reason: 'audit' }], project: [{ reason: 'lawsuit' }] } },
    });
  });

  it('is refused for what is no backup, or has not ended', async () => {
    const codeOf = async (name: string) => {
      const outcome = await whyKept(deps, tables, name);
      return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
    };
    expect(await codeOf('nothing')).toBe('UNKNOWN_BACKUP');
    expect(await codeOf('2020-01-01-03-00-00-havunadmin')).toBe('UNKNOWN_BACKUP');
    const running = await requestBackup(deps, { project, backupId: deps.ids.uuid(), trigger: 'manual', force: true });
    expect(await codeOf(running.kind === 'requested' ? running.name : '')).toBe('STILL_RUNNING');
  });

  it('has no plan for a project that has left the configuration, whose backups are counted', async () => {
    configure({}, ['havunmcp']);
    const outcome = await whyKept(deps, tables, kept[0]!.name);
    expect(outcome).toMatchObject({ kind: 'found' });
    expect(outcome.kind === 'found' && outcome.why).not.toHaveProperty('planned');
    expect(await retiredProjects(deps.config, tables)).toEqual([
      { project, backups: 14 },
      { project: 'gone', backups: 0 },
    ]);
  });

  it('is what the years bring, by the configured policy or another', async () => {
    const until = '2026-12-31T23:00:00.000Z';
    const [present] = await simulateRetention(deps, tables, { projects: [project], until });
    expect(present?.simulation.months.at(-1)).toMatchObject({ month: '2026-12', made: 0 });
    const policy = { ...base, hotDays: 5, archiveYears: 1 };
    const [other] = await simulateRetention(deps, tables, { projects: [project], until, policyOf: () => policy });
    expect(other?.policy).toEqual(policy);
    expect(other!.simulation.left.length).toBeLessThan(present!.simulation.left.length);
  });
});
