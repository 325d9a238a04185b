import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { until } from './testing/until.js';
import { ServicesWorld } from './testing/world.js';

/** Cron for a daily slot some minutes ago: due at the start, and not again in this test. */
function dailySlot(minutesAgo: number): { cron: string; instant: string } {
  const instant = new Date(Math.floor(Date.now() / 60_000) * 60_000 - minutesAgo * 60_000);
  return { cron: `${instant.getUTCMinutes()} ${instant.getUTCHours()} * * *`, instant: instant.toISOString() };
}

describe('two schedulers', () => {
  const daily = dailySlot(7);
  let sshd: Sshd;
  let world: ServicesWorld;

  beforeAll(async () => {
    sshd = await startSshd();
    const project = { type: 'nodejs-app', paths: { root: '/nowhere' }, encryption: { enabled: false } };
    const projects = {
      daily: { ...project, schedule: daily.cron },
      everyminute: { ...project, schedule: '* * * * *' },
      byhand: project,
      off: { ...project, schedule: '* * * * *', enabled: false },
    };
    world = await ServicesWorld.open({ sshd, config: { projects } });
    await world.start({ service: 'scheduler', as: 'one' }, { service: 'scheduler', as: 'two' });
  });

  afterAll(async () => {
    await world.remove();
    await sshd.stop();
  });

  /** The requested slots, by project, in the order of the log. */
  const slots = async (project: string): Promise<string[]> =>
    (await world.events()).flatMap(({ event }) =>
      event.type === 'BackupRequested' && event.data.project === project ? [event.data.slot ?? 'none'] : [],
    );

  it('ask once for a slot that was missed while none of them ran', async () => {
    await until('it is asked for', async () => (await slots('daily')).length > 0);
    expect(await slots('daily')).toEqual([daily.instant]);
  });

  it('ask once for each slot that comes', async () => {
    await until('the next has come', async () => (await slots('everyminute')).length >= 2, {
      withinMs: 100_000,
      context: () => world.diary(),
    });
    const asked = await slots('everyminute');
    expect(new Set(asked).size).toBe(asked.length);
    const minutes = asked.map((slot) => Date.parse(slot) / 60_000);
    expect(minutes).toEqual(minutes.map((_, index) => minutes[0]! + index));
  });

  it('ask no second time when they are started again, gently or not', async () => {
    await world.process('one').kill();
    await world.process('two').kill('SIGTERM');
    await world.start({ service: 'scheduler', as: 'one' }, { service: 'scheduler', as: 'two' });
    // A scheduler that is told to stop ends its round, and by then has requested what is due.
    await Promise.all(['one', 'two'].map((name) => world.process(name).kill('SIGTERM')));
    expect(await slots('daily')).toEqual([daily.instant]);
    const asked = await slots('everyminute');
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('ask for nothing that is off or has no schedule', async () => {
    expect([...(await slots('off')), ...(await slots('byhand'))]).toEqual([]);
  });
});
