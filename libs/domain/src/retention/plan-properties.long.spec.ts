import { describePlans } from './testing/plan-properties.js';

describePlans(2000);
