import { describePlans } from './testing/plan-properties.js';

// Very many cases: plan-properties.long.spec.ts.
describePlans(25);
