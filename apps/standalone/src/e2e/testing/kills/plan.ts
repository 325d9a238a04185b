/** One kill -9 of a round: of whom, and how long after the backups were asked for. */
export interface Kill<Victim extends string> {
  readonly victim: Victim;
  readonly afterMs: number;
}

export interface Round<Victim extends string> {
  readonly kills: readonly Kill<Victim>[];
  /** Whether the kills begin while the backups are still being asked for. */
  readonly whileAsking: boolean;
}

/** Within this time most backups of an undisturbed round have ended. */
const workMs = 7_000;
/** What a killed process had in hand is taken up again about here. */
const takenUpMs = [28_000, 40_000] as const;

/** The round of this number: the same for the same seed, whatever was played before. */
export function planRound<Victim extends string>(
  seed: number,
  number: number,
  victims: readonly Victim[],
): Round<Victim> {
  const random = randomFrom(seed * 7919 + number);
  const between = (from: number, to: number): number => Math.floor(from + random() * (to - from));
  const kills = Array.from({ length: between(1, 4) }, (_, index) => ({
    victim: victims[between(0, victims.length)]!,
    afterMs: index > 0 && random() < 0.4 ? between(...takenUpMs) : between(0, workMs),
  }));
  return { kills: kills.sort((a, b) => a.afterMs - b.afterMs), whileAsking: random() < 0.25 };
}

/** Mulberry32: numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
