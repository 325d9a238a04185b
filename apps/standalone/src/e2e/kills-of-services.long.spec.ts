// Random kill -9, and nobody who helps. `testing/kills/campaign.ts` says how to have more of them, or the same again.
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { startMariadb, startSshd, type Sshd, type TestMariadb } from '@havun/test-servers';
import { killAtRandom } from './testing/kills/campaign.js';
import { servicesMachine, type Machine } from './testing/kills/machine.js';

describe('kill -9 at random of services apart, their nats-server, and the database server of projects and tables', () => {
  let [sshd, mariadb, machine]: [Sshd?, TestMariadb?, Machine?] = [];

  beforeAll(async () => {
    [sshd, mariadb] = await Promise.all([startSshd(), startMariadb()]);
    machine = await servicesMachine({ sshd, mariadb });
  });
  afterAll(async () => {
    await machine?.remove();
    await sshd?.stop();
    await mariadb?.stop();
  });

  it('each run ends once, nothing is half listed, and backups go on without a person', () => killAtRandom(machine!));
});
