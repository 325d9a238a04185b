import { describePlans } from './testing/plan-properties.js';

/** CAMPAIGN_SCALE=10 makes ten times as many. */
describePlans(250 * Number(process.env['CAMPAIGN_SCALE'] ?? 1));
