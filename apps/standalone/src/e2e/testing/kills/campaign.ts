import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { until } from '../until.js';
import { expectSettled, hasEnded, runsOf, type Run } from './checks.js';
import { asked, withDatabase, type Machine, type Victim } from './machine.js';
import { planRound, type Round } from './plan.js';

/** More rounds: CAMPAIGN_SCALE=10. The same again: CAMPAIGN_SEED, and CAMPAIGN_FROM with the round to begin at. */
const {
  CAMPAIGN_SCALE: scale = '1',
  CAMPAIGN_SEED: seedGiven = String(Math.floor(Math.random() * 1e6)),
  CAMPAIGN_FROM: fromGiven = '1',
} = process.env;
const [seed, from, rounds] = [Number(seedGiven), Number(fromGiven), 3 * Number(scale)];
/** Several attempts, each taken up half a minute after a kill, and uploads that are held up meanwhile. */
const endWithinMs = 300_000;

const say = (what: string): void => void process.stdout.write(`${what}\n`);

/** Plays the rounds on one machine, and then waits for a backup that nobody but the schedule asks for. */
export async function killAtRandom(machine: Machine): Promise<void> {
  say(`${machine.name}: CAMPAIGN_SEED=${seed}, rounds ${from} to ${rounds}`);
  let [disturbed, lastKill] = [0, ''];
  for (let number = from; number <= rounds; number += 1) {
    const round = planRound(seed, number, machine.victims);
    const runs = await play(machine, round).catch((error: unknown) => {
      const again = `CAMPAIGN_SEED=${seed} CAMPAIGN_FROM=${number}`;
      throw new Error(`To see it again: ${again} (${wordsOf(round)})\n${String(error)}\n${machine.diary()}`, {
        cause: error,
      });
    });
    disturbed += runs.length;
    lastKill = new Date().toISOString();
    say(`${machine.name} ${number}/${rounds}: ${wordsOf(round)}: ${runs.map(outcome).join(', ')}`);
  }
  const isNextOfSchedule = ({ project, requestedAt, status }: Run): boolean =>
    project === 'clock' && requestedAt > lastKill && status === 'success';
  await until('the schedule goes on', async () => (await runsOf(machine)).some(isNextOfSchedule), {
    withinMs: 150_000,
    context: () => machine.diary(),
  });
  say(`${machine.name}: ${disturbed} runs with kills among them`);
}

/** @returns the runs of the round, with those that the schedule has begun meanwhile */
async function play(machine: Machine, { kills, whileAsking }: Round<Victim>): Promise<Run[]> {
  let known = new Set<string>();
  await until(
    'the log can be read',
    async () => {
      known = new Set((await runsOf(machine)).map(({ id }) => id));
      return true;
    },
    { context: () => machine.diary() },
  );
  const asking = machine.world.havun('backup:run', '--json');
  if (!whileAsking) await asking;
  const startedAt = performance.now();
  await Promise.all(
    kills.map(async ({ victim, afterMs }) => {
      await sleep(startedAt + afterMs - performance.now());
      await machine.kill(victim);
    }),
  );
  await asking;
  let fresh: Run[] = [];
  await until(
    'each run has ended',
    async () => {
      fresh = (await runsOf(machine)).filter(({ id }) => !known.has(id));
      return fresh.every(hasEnded);
    },
    { withinMs: endWithinMs, context: () => JSON.stringify(fresh, null, 1) },
  );
  if (!whileAsking) expect(fresh.map(({ project }) => project)).toEqual(expect.arrayContaining([...asked]));
  const databaseDied = kills.some(({ victim }) => victim === 'database');
  for (const run of fresh)
    if (!mayFail(run, databaseDied)) expect(run).toMatchObject({ status: 'success', failure: undefined });
  // The schedule may just have begun another one, and the tables follow the log.
  await until('log, disks and tables say the same', async () => {
    await expectSettled(machine, fresh);
    return true;
  });
  return fresh;
}

/** Nobody dumps a database whose server dies; and a slot of the schedule that comes while that project is backed up is given up. */
const mayFail = ({ project, failure = '' }: Run, databaseDied: boolean): boolean =>
  (databaseDied && withDatabase.includes(project)) || (project === 'clock' && failure.startsWith('ALREADY_RUNNING'));

const outcome = ({ project, status, failure }: Run): string => `${project} ${failure?.split(':')[0] ?? status}`;

const wordsOf = ({ kills, whileAsking }: Round<Victim>): string =>
  `${kills.map(({ victim, afterMs }) => `${victim} after ${(afterMs / 1000).toFixed(1)} s`).join(', ')}${whileAsking ? ' (while asked)' : ''}`;
