import { endedPositionAndSeen } from './ended-position-and-seen.js';
import { initial } from './initial.js';
import { keeping } from './keeping.js';
import type { Migration } from './migration.js';

/** In order, without gaps; a released one is never changed. */
export const migrations: readonly Migration[] = [initial, endedPositionAndSeen, keeping];
