import type { Failure } from '../event.js';
import { isInForce, type Hold } from './hold.js';

interface Placed {
  readonly at: string;
  readonly data: Omit<Hold, 'id' | 'placedAt'> & { readonly holdId: string };
}
interface Release {
  readonly now: string;
  readonly holdId: string;
  readonly by: string;
  /** Whoever placed it can't release it alone. */
  readonly secondPerson: boolean;
}

/** Holds on a backup and on a whole project follow the same rules. */
export function placeHold(holds: readonly Hold[] | undefined, { at, data }: Placed): readonly Hold[] {
  const { holdId: id, ...rest } = data;
  if (holds?.some((hold) => hold.id === id)) return holds;
  return [...(holds ?? []), { id, placedAt: at, ...rest }];
}

export const releaseHold = (
  holds: readonly Hold[] | undefined,
  { data: { holdId } }: { readonly data: { readonly holdId: string } },
): readonly Hold[] => (holds ?? []).filter(({ id }) => id !== holdId);

/** @param what the name of the backup or project */
export function refuseRelease(
  { now, holdId, by, secondPerson }: Release,
  holds: readonly Hold[] | undefined,
  what: string,
): Failure | undefined {
  const hold = holds?.find(({ id }) => id === holdId);
  if (!hold || !isInForce(hold, now)) {
    return {
      code: 'NO_SUCH_HOLD',
      message: `${what} has no hold ${holdId} that is in force`,
      remedy: 'See the holds with «havun hold:list».',
    };
  }
  if (!secondPerson || hold.by !== by) return undefined;
  return {
    code: 'SECOND_PERSON_NEEDED',
    message: `${by} has placed this hold on ${what}, and can't release it alone`,
    remedy: 'Ask somebody else to release it: the configuration has holds.release_by_second_person.',
  };
}
