import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HavunConfig } from '@havun/config';
import { quarterDrillId } from '@havun/domain';
import { requestDrill } from './request-drill.js';
import { aConfig, Requests } from '../testing/requests.js';

let config: HavunConfig;
beforeAll(async () => {
  config = await aConfig();
});

const scheduled = { trigger: 'schedule', requestedBy: 'scheduler' } as const;

describe('a request for a drill', () => {
  it('by schedule comes once a quarter, however often it is asked for', async () => {
    const requests = new Requests(config, '2025-12-31T22:58:00.000Z');
    const ask = () => requestDrill(requests, { project: 'havunadmin', ...scheduled });
    const outcomes = [await ask(), await ask(), await ask()];
    expect(outcomes.map(({ quarter, isNew }) => [quarter, isNew])).toEqual([
      ['2025-Q4', true],
      ['2025-Q4', false],
      ['2026-Q1', true],
    ]);
    expect(outcomes[0]?.stream).toEqual({
      host: 'local',
      category: 'drill',
      id: quarterDrillId('havunadmin', '2025-Q4'),
    });
    expect(await requests.log()).toHaveLength(2);
  });

  it('by schedule is of the quarter that it is said to prove', async () => {
    const requests = new Requests(config, '2026-01-01T12:00:00.000Z');
    const asked = await requestDrill(requests, { project: 'havunadmin', quarter: '2025-Q4', ...scheduled });
    expect(asked).toMatchObject({ quarter: '2025-Q4', stream: { id: quarterDrillId('havunadmin', '2025-Q4') } });
  });

  it('by hand is another one each time, and other projects have their own', async () => {
    const requests = new Requests(config);
    const asked = [
      await requestDrill(requests, { project: 'havunadmin', ...scheduled }),
      await requestDrill(requests, { project: 'havunmcp', ...scheduled }),
      await requestDrill(requests, { project: 'havunadmin', trigger: 'manual', requestedBy: 'henk' }),
      await requestDrill(requests, { project: 'havunadmin', trigger: 'manual', requestedBy: 'henk' }),
    ];
    expect(new Set(asked.map(({ stream }) => stream.id)).size).toBe(4);
    expect(asked.every(({ isNew }) => isNew)).toBe(true);
    const [, , manual] = await requests.log();
    expect(manual?.event.data).toEqual({
      project: 'havunadmin',
      quarter: '2025-Q4',
      trigger: 'manual',
      requestedBy: 'henk',
    });
  });
});
