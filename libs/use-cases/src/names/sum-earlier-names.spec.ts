import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HavunConfig } from '@havun/config';
import { aConfig, Requests, streamIn } from '../testing/requests.js';
import { ProjectNames } from './project-names.js';
import { sumEarlierNames } from './sum-earlier-names.js';

let config: HavunConfig;
let requests: Requests;
beforeAll(async () => {
  config = await aConfig();
});
beforeEach(() => {
  requests = new Requests(config);
});

const sum = () =>
  sumEarlierNames(requests, {
    clock: requests.clock,
    ids: requests.ids,
    source: 'scheduler',
    correlationId: randomUUID(),
  });
const reservedEarlier = (project: string, date: string) =>
  requests.append(streamIn('project', project), {
    type: 'BackupNameReserved',
    at: '2025-11-21T02:00:00.000Z',
    data: { name: `${date}-03-00-00-${project}`, backupId: randomUUID() },
  });

describe('the names that release 0.1 has given', () => {
  it('are summed for every project that has some, once', async () => {
    for (const date of ['2025-11-20', '2025-11-22', '2025-11-21']) await reservedEarlier('havunadmin', date);
    expect(await sum()).toEqual(['local/havunadmin']);
    expect(await sum()).toEqual([]);
    await reservedEarlier('havunmcp', '2025-11-19');
    await reservedEarlier('havunadmin', '2025-11-23');
    expect(await sum()).toEqual(['local/havunadmin', 'local/havunmcp']);
    const sums = (await requests.log()).flatMap(({ stream, event }) =>
      event.type === 'EarlierNamesSummed' ? [[stream.id, event.data.backups?.oldest, event.data.backups?.newest]] : [],
    );
    expect(sums).toEqual([
      ['havunadmin/earlier', '2025-11-20-03-00-00-havunadmin', '2025-11-22-03-00-00-havunadmin'],
      ['havunadmin/earlier', '2025-11-20-03-00-00-havunadmin', '2025-11-23-03-00-00-havunadmin'],
      ['havunmcp/earlier', '2025-11-19-03-00-00-havunmcp', '2025-11-19-03-00-00-havunmcp'],
    ]);
  });

  it('are not looked for in a log that never had any', async () => {
    const names = new ProjectNames(requests.store, 'local', 'havunadmin');
    const { clock, ids, source } = requests;
    const wanted = { id: randomUUID(), instant: new Date('2025-11-21T02:00:00.000Z'), timezone: 'UTC' };
    await names.reserve('backups', wanted, { clock, ids, source, correlationId: 'run' });
    requests.store.readAll = () => {
      throw new Error('the whole log is read');
    };
    expect(await sum()).toEqual([]);
  });
});
