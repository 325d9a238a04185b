import { archive, tiny } from './archive.js';
import type { Scenario } from './bench.js';
import { append, rebuild } from './events.js';
import { extract } from './extract.js';
import { many } from './many.js';
import { memory } from './memory.js';
import { retention } from './retention.js';
import { upload } from './upload.js';
import { years } from './years.js';

/** Every scenario, in the order in which they run. */
export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.entries({ archive, tiny, extract, many, memory, upload, append, rebuild, retention, years }),
);
