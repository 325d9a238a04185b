import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Sample } from './sample.js';

export interface Contender {
  readonly name: string;
  /** Does the work once, on the same data as the others, and removes what it made. */
  readonly run: () => Promise<Sample>;
}

export interface Result {
  readonly name: string;
  readonly samples: readonly Sample[];
}

const run = promisify(execFile);

/**
 * Runs every contender in every round, so that a machine that slows down slows all of them; the first contender changes with the
 * round. The output of one is written to disk before the next one starts.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  rounds: number,
  onStart: (name: string, round: number) => void = () => undefined,
): Promise<Result[]> {
  const samples = contenders.map((): Sample[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round) % contenders.length;
      const { name, run: measure } = contenders[index]!;
      onStart(name, round + 1);
      await run('sync');
      samples[index]!.push(await measure());
    }
  }
  return contenders.map(({ name }, index) => ({ name, samples: samples[index]! }));
}
