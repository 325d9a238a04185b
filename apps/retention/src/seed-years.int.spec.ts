import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, startSshd, type Sshd, type TestNatsServer } from '@havun/test-servers';
import { RetentionWorld } from './testing/retention-world.js';
import { seedNames, seedProjects, SeedYears } from './testing/seed-years.js';

/** How often the projects are cleaned up here; the campaign beside this does it every day. */
const everyDays = 7;
const years = [2023, 2024];

describe('the storages of the four projects', () => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let sshd: Sshd;
  let world: RetentionWorld;
  let simulated: SeedYears;

  beforeAll(async () => {
    nats = await startNatsServer({ syncAlways: false });
    connection = await connect({ servers: nats.url });
    sshd = await startSshd();
    world = await RetentionWorld.open({ connection, sshd, projects: seedProjects });
    simulated = new SeedYears({ world, from: '2023-01-01T00:00:00Z', everyDays });
  });
  afterAll(async () => {
    await world.remove();
    await connection.close();
    await nats.stop();
    await sshd.stop();
  });

  it.each(years)(
    'hold at the end of %d what the plan draws',
    async (year) => {
      await simulated.through(year);
      for (const project of seedNames) {
        const { local, hetzner } = simulated.expected(project);
        expect(await world.files('local', project)).toEqual(local);
        expect(await world.files('hetzner', project)).toEqual(hetzner);
      }
    },
    900_000,
  );
});
