import type { DatabaseServerConfig } from './config.js';
import type { ServerPlan } from './server-process.js';

/** What a kind of server says of how to start it in a place. */
export interface ThrowAwayPlan {
  plan: ServerPlan;
  server: DatabaseServerConfig;
  isReady: () => Promise<unknown>;
}
