import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, startSshd, type Sshd, type TestNatsServer } from '@havun/test-servers';
import { RetentionWorld } from './testing/retention-world.js';
import { seedNames, seedProjects, SeedYears } from './testing/seed-years.js';

const years = [2023, 2024, 2025, 2026, 2027, 2028, 2029, 2030];

/**
 * The days on which something is different: the turn of a month and of a year, the leap day, the days on which the clocks are
 * changed (the last Sunday of March and of October); and every tenth day. The campaign beside this does every day.
 */
const isBackedUp = (day: string): boolean => {
  const [month, date] = [day.slice(5, 7), Number(day.slice(8))];
  const isClockChange = (month === '03' || month === '10') && date >= 25 && new Date(day).getUTCDay() === 0;
  const isEdge = date === 1 || date >= 30 || (month === '02' && date >= 28);
  return isClockChange || isEdge || date % 10 === 0;
};
const isCleanedUp = (day: string): boolean => isBackedUp(day);

describe('the storages of the four projects', () => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let sshd: Sshd;
  let world: RetentionWorld;
  let simulated: SeedYears;

  beforeAll(async () => {
    nats = await startNatsServer({ syncAlways: false });
    connection = await connect({ servers: nats.url });
    sshd = await startSshd({ internalSftpOnly: true });
    world = await RetentionWorld.open({ connection, sshd, projects: seedProjects });
    simulated = new SeedYears({ world, from: '2023-01-01T00:00:00Z', isBackedUp, isCleanedUp });
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
