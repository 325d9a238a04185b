import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, startSshd, type Sshd, type TestNatsServer } from '@havun/test-servers';
import { RetentionWorld } from './retention-world.js';
import { seedNames, seedProjects, SeedYears, tierOf, type YearsOptions } from './seed-years.js';

const firstYear = 2023;

export interface SuiteOptions extends Pick<YearsOptions, 'isBackedUp' | 'isCleanedUp'> {
  /** From 2023 on. 2024 has a leap day. */
  readonly years: number;
  /** Of one year. */
  readonly timeoutMs: number;
}

/** Years of the four projects of the original plan, through the real service, against a real server. */
export function seedYearsSuite({ years, timeoutMs, ...options }: SuiteOptions): void {
  const last = firstYear + years - 1;
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
      simulated = new SeedYears({ world, from: `${firstYear}-01-01T00:00:00Z`, ...options });
    });
    afterAll(async () => {
      await world.remove();
      await connection.close();
      await nats.stop();
      await sshd.stop();
    });

    it.each(Array.from({ length: years }, (_, index) => firstYear + index))(
      'hold at the end of %d what the plan draws',
      async (year) => {
        await simulated.through(year);
        for (const project of seedNames) {
          const { local, hetzner } = simulated.expected(project);
          expect(await world.files('local', project)).toEqual(local);
          expect(await world.files('hetzner', project)).toEqual(hetzner);
        }
      },
      timeoutMs,
    );

    it('hold at the end every backup that the law wants kept', async () => {
      for (const project of ['havunadmin', 'herdenkingsportaal'] as const) {
        const archives = (await world.files('hetzner', project)).filter((path) => path.endsWith('.zip'));
        expect(archives).toHaveLength(simulated.made.get(project)!.length);
        expect(new Set(archives.map(tierOf))).toEqual(new Set(['hot', 'archive']));
      }
    });

    it('hold of the others no archive that is past its years', async () => {
      const oldest = async (project: string): Promise<string | undefined> =>
        (await world.files('hetzner', project)).find((path) => tierOf(path) === 'archive')?.split('/')[2];
      const within = (kept: number): string => String(Math.max(firstYear, last - kept));
      expect([await oldest('havuncore'), await oldest('havun-mcp')]).toEqual([within(3), within(1)]);
    });
  });
}
