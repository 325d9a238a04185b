import { seedYearsSuite } from './testing/seed-years-suite.js';
import { isTold } from './testing/told-days.js';

seedYearsSuite({ years: 2, isBackedUp: isTold, isCleanedUp: isTold, timeoutMs: 240_000 });
