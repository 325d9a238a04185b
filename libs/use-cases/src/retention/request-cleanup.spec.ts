import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { slotCleanupId } from '@havun/domain';
import { aConfig, Requests } from '../testing/requests.js';
import { requestCleanup } from './request-cleanup.js';

let config: HavunConfig;
beforeAll(async () => {
  config = await aConfig();
});

const slot = new Date('2025-11-22T06:00:00.000Z');
const scheduled = { project: 'havunadmin', trigger: 'schedule', slot, requestedBy: 'scheduler' } as const;

describe('a request for a clean-up', () => {
  it('by schedule comes once for a slot, however often it is asked for', async () => {
    const requests = new Requests(config);
    const asked = [await requestCleanup(requests, scheduled), await requestCleanup(requests, scheduled)];
    expect(asked.map(({ isNew }) => isNew)).toEqual([true, false]);
    const stream = { host: 'local', category: 'retention', id: slotCleanupId('havunadmin', slot) };
    expect(asked.map((each) => each.stream)).toEqual([stream, stream]);
    const [recorded, ...others] = await requests.log();
    expect(recorded).toMatchObject({ event: { type: 'CleanupRequested', data: { slot: slot.toISOString() } } });
    expect(others).toEqual([]);
  });

  it('by hand is another one each time, and other projects and slots have their own', async () => {
    const requests = new Requests(config);
    const manual = { project: 'havunadmin', trigger: 'manual', requestedBy: 'henk' } as const;
    const asked = [
      await requestCleanup(requests, scheduled),
      await requestCleanup(requests, { ...scheduled, project: 'havunmcp' }),
      await requestCleanup(requests, { ...scheduled, slot: new Date('2025-11-23T06:00:00.000Z') }),
      await requestCleanup(requests, manual),
      await requestCleanup(requests, manual),
    ];
    expect(new Set(asked.map(({ stream }) => stream.id)).size).toBe(5);
    expect(asked.every(({ isNew }) => isNew)).toBe(true);
  });
});
