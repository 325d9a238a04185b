import { seedYearsSuite } from './testing/seed-years-suite.js';

const always = (): boolean => true;

/** Every day of eight years. */
seedYearsSuite({ isBackedUp: always, isCleanedUp: always, timeoutMs: 3_600_000 });
