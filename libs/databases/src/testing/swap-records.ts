import type { SwapRecord } from '../swap-decision.js';

const one = (direction: SwapRecord['direction'], hadLive: boolean, phase: SwapRecord['phase']): SwapRecord => ({
  direction,
  hadLive,
  phase,
});

/** Every possible record; a plus means that a live database existed before. */
export const records: Readonly<Record<string, SwapRecord | undefined>> = {
  none: undefined,
  ...Object.fromEntries(
    (['swap', 'undo'] as const).flatMap((direction) =>
      [true, false].flatMap((hadLive) =>
        (['prepared', 'moved', 'done'] as const).map(
          (phase) => [`${direction}${hadLive ? '+' : ''} ${phase}`, one(direction, hadLive, phase)] as const,
        ),
      ),
    ),
  ),
};
