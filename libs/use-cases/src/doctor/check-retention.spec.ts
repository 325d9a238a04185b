import { beforeEach, describe, expect, it } from '@jest/globals';
import { projectRetentionStream } from '@havun/domain';
import { aConfig, Requests } from '../testing/requests.js';
import { checkRetention } from './check-retention.js';

const result = { found: 1, kept: 1, moved: 0, hotCopiesDeleted: 0, proposed: 0, deleted: 0, refused: [], failed: [] };

describe('what the doctor says of retention', () => {
  let deps: Requests;
  let ended: { type: string; occurredAt: string; data: object }[];
  beforeEach(async () => {
    deps = new Requests(await aConfig());
    ended = [];
  });

  const findings = (config = deps.config) =>
    checkRetention({
      config,
      clock: deps.clock,
      store: deps.store,
      tables: () =>
        Promise.resolve({ auditLog: ({ type }) => Promise.resolve(ended.filter((one) => one.type === type)) }),
    });
  const completed = (project: string, occurredAt: string) =>
    ended.push({ type: 'CleanupCompleted', occurredAt, data: { project, ...result, durationSeconds: 1 } });

  it('is nothing bad where there was no clean-up yet', async () => {
    expect(await findings()).toEqual([{ area: 'retention', status: 'skipped', detail: 'no clean-up was made yet' }]);
  });

  it('is when the last one was, and which project has missed its own', async () => {
    completed('havunadmin', '2025-11-22T06:00:05.000Z');
    completed('havunmcp', '2025-11-20T06:00:05.000Z');
    expect(await findings()).toMatchObject([
      { status: 'ok', detail: expect.stringContaining('2025-11-22T06:00:05.000Z') },
      {
        status: 'warning',
        detail: expect.stringMatching(/^havunmcp was last cleaned up 2025-11-20.*: one was due since$/),
      },
    ]);
  });

  it('is that the last one failed, and why', async () => {
    completed('havunadmin', '2025-11-21T06:00:05.000Z');
    const data = {
      project: 'havunadmin',
      code: 'TABLES_BEHIND',
      message: 'behind',
      remedy: 'Wait.',
      durationSeconds: 1,
    };
    ended.push({ type: 'CleanupFailed', occurredAt: '2025-11-22T06:00:05.000Z', data });
    expect((await findings())[1]).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('[TABLES_BEHIND]'),
    });
    completed('havunadmin', '2025-11-22T07:00:05.000Z');
    expect(await findings()).toHaveLength(1);
  });

  it('is the question that waits, with what to do', async () => {
    await deps.append(projectRetentionStream(deps.config.host, 'havunmcp'), {
      type: 'RetentionQuestioned',
      at: '2025-11-22T06:00:00.000Z',
      data: {
        project: 'havunmcp',
        policy: { autoCleanupArchive: true, complianceRequired: false },
        ...{ wouldDelete: 9, of: 12, code: 'LARGE_BATCH', message: '9 of 12 at once', remedy: 'Accept it.' },
      },
    });
    expect(await findings()).toContainEqual({
      area: 'retention',
      status: 'warning',
      detail: '9 of 12 at once [LARGE_BATCH]',
      remedy: 'Accept it.',
    });
  });

  it('is a warning where retention is switched off, or can not be looked at', async () => {
    const { retention } = deps.config;
    const off = await findings({ ...deps.config, retention: { ...retention, enabled: false } });
    expect(off).toMatchObject([{ status: 'warning', detail: expect.stringContaining('retention.enabled is false') }]);
    const blind = await checkRetention({
      config: deps.config,
      clock: deps.clock,
      store: deps.store,
      tables: () => Promise.reject(new Error('gone')),
    });
    expect(blind).toMatchObject([{ area: 'retention', status: 'warning', detail: expect.stringContaining('gone') }]);
  });
});
