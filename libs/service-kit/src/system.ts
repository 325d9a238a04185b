import { randomUUID } from 'node:crypto';
import type { Clock, Ids } from '@havun/domain';

/** The machine's clock and randomness: the only place where they enter the product (D18). */
// eslint-disable-next-line no-restricted-syntax -- this is that place
export const systemClock: Clock = { now: () => new Date() };
export const systemIds: Ids = { uuid: () => randomUUID() };
