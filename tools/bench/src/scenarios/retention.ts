import type { Result } from '../measure/rounds.js';
import { median, type Sample } from '../measure/sample.js';
import { ours, runDriver } from '../peers/ours.js';
import { belowVerdict, memoryVerdict } from '../report/verdict.js';
import { inTurns, type Scenario } from './bench.js';

const [plan, simulation] = [`${ours}, one clean-up`, `${ours}, seven years simulated`];

/** What retention decides over years of backups: every project is planned anew by each daily clean-up. */
export const retention: Scenario = async (bench) => {
  const backups = Math.max(500, Math.round(130_000 * bench.cache.scale));
  const run = (what: 'plan' | 'simulate') => async (): Promise<Sample> => {
    const sample = await runDriver('retention', { backups, what });
    return { ...sample, seconds: sample.details['seconds']! };
  };
  const results = await inTurns(bench, [
    { name: plan, run: run('plan') },
    { name: simulation, run: run('simulate') },
  ]);
  const [planned, simulated] = results as [Result, Result];
  const seconds = ({ samples }: Result): number[] => samples.map((sample) => sample.seconds);
  const decisionCpu = ({ samples }: Result): string =>
    median(samples.map(({ details }) => details?.['decisionCpuSeconds'] ?? NaN)).toFixed(1);
  return {
    scenario: 'retention',
    title: `${backups.toLocaleString('en')} backups of 50 projects`,
    results,
    verdicts: [
      belowVerdict('a daily clean-up decides', seconds(planned), 2, 's'),
      memoryVerdict('a daily clean-up decides in', planned),
      belowVerdict('a simulation of seven years', seconds(simulated), 5, 's'),
      memoryVerdict('a simulation of seven years in', simulated),
    ],
    missing: [],
    notes: [
      `CPU time of the decisions alone: a clean-up ${decisionCpu(planned)} s, the simulation ${decisionCpu(simulated)} s.`,
      'Time of the decisions alone; peak memory of the whole process, which has one project in memory at a time.',
      'The simulated years are daily backups of all 50 projects, as many again as there are.',
    ],
  };
};
