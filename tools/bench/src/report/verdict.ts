import { medianOf, type Sample } from '../measure/sample.js';
import type { Result } from '../measure/rounds.js';

/** A target of the table, and the measured value. */
export interface Verdict {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  /** undefined where the peer was not installed. */
  readonly met: boolean | undefined;
}

/** The results of one scenario. */
export interface Contest {
  readonly scenario: string;
  /** The data of the scenario. */
  readonly title: string;
  readonly results: readonly Result[];
  readonly verdicts: readonly Verdict[];
  /** Peers that were not measured, and how to install them. */
  readonly missing: readonly string[];
  /** Facts needed to read the numbers. */
  readonly notes: readonly string[];
}

const verdict = (what: string, target: string, measured: string, met: boolean): Verdict => ({
  what,
  target,
  measured,
  met,
});

/** A missing peer keeps its line in the table. */
const againstPeer = (
  what: string,
  target: string,
  peer: Result | undefined,
  judge: (peer: Result) => Pick<Verdict, 'measured' | 'met'>,
): Verdict => ({ what, target, ...(peer ? judge(peer) : { measured: 'peer missing', met: undefined }) });

/** At least `least` times as fast as the peer: the ratio of the medians of their times. */
export const speedVerdict = (what: string, own: Result, peer: Result | undefined, least: number): Verdict =>
  againstPeer(what, `at least ${least} x its speed`, peer, (other) => {
    const ratio = secondsOf(other) / secondsOf(own);
    return { measured: `${ratio.toFixed(2)} x`, met: ratio >= least };
  });

/** At most `most` times the peer's time. */
export const timeVerdict = (what: string, own: Result, peer: Result | undefined, most: number): Verdict =>
  againstPeer(what, `at most ${most} x its time`, peer, (other) => {
    const ratio = secondsOf(own) / secondsOf(other);
    return { measured: `${ratio.toFixed(2)} x`, met: ratio <= most };
  });

/** At most `most` per cent larger than what the peer makes. */
export const sizeVerdict = (what: string, own: Result, peer: Result | undefined, most: number): Verdict =>
  againstPeer(what, `at most ${most} % larger`, peer, (other) => {
    const larger = (medianOf(own.samples, 'outputBytes')! / medianOf(other.samples, 'outputBytes')! - 1) * 100;
    return { measured: `${larger < 0 ? '' : '+'}${larger.toFixed(1)} %`, met: larger <= most };
  });

const secondsOf = ({ samples }: Result): number => medianOf(samples, 'seconds')!;

/** Less than `limit` in every sample. */
export function belowVerdict(what: string, values: readonly number[], limit: number, unit: string): Verdict {
  const worst = Math.max(...values);
  return verdict(what, `under ${limit} ${unit}`, `${worst.toFixed(worst < 10 ? 1 : 0)} ${unit}`, worst < limit);
}

/** Under 256 MB in every round. */
export const memoryVerdict = (what: string, { samples }: Pick<Result, 'samples'>): Verdict =>
  belowVerdict(what, peakMegabytes(samples), 256, 'MB');

/** The value of every round; NaN, which meets no target, where it was not measured. */
export const peakMegabytes = (samples: readonly Sample[]): number[] =>
  samples.map(({ peakBytes = NaN }) => peakBytes / 1e6);

export function atLeastVerdict(what: string, value: number, least: number, unit: string): Verdict {
  const rounded = (number: number): string => Math.round(number).toLocaleString('en');
  return verdict(what, `at least ${rounded(least)} ${unit}`, `${rounded(value)} ${unit}`, value >= least);
}

/** The largest of the values is at most `most` times the smallest. */
export function flatVerdict(what: string, values: readonly number[], most: number): Verdict {
  const ratio = Math.max(...values) / Math.min(...values);
  return verdict(what, `flat: within ${most} x`, `${ratio.toFixed(2)} x`, ratio <= most);
}

export const detailsOf = (samples: readonly Sample[], key: string): number[] =>
  samples.map(({ details }) => details?.[key]).filter((value) => value !== undefined);
