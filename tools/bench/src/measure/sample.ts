/** One measured run of one contender. */
export interface Sample {
  readonly seconds: number;
  /** Of the measured process and its descendants; absent where a server shares the work. */
  readonly cpuSeconds?: number;
  readonly peakBytes?: number;
  /** Size of the output. */
  readonly outputBytes?: number;
  /** Further figures that the contender measured itself. */
  readonly details?: Readonly<Record<string, number>>;
}

export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) return NaN;
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

type Figure = 'seconds' | 'cpuSeconds' | 'peakBytes' | 'outputBytes';

/** The median of one figure over the rounds; undefined where the contender does not have it. */
export function medianOf(samples: readonly Sample[], figure: Figure): number | undefined {
  const values = samples.map((sample) => sample[figure]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}
