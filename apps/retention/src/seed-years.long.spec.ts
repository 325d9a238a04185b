import { seedYearsSuite } from './testing/seed-years-suite.js';
import { isTold } from './testing/told-days.js';

/** CAMPAIGN_SCALE=10 does every day of the eight years, which takes ten times as long. */
const everyDay = Number(process.env['CAMPAIGN_SCALE'] ?? 1) >= 10;
const isDone = everyDay ? () => true : isTold;

seedYearsSuite({ years: 8, isBackedUp: isDone, isCleanedUp: isDone, timeoutMs: everyDay ? 3_600_000 : 240_000 });
