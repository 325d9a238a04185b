import type { DatabaseServerConfig } from './config.js';
import type { ServerPlan } from './server-process.js';

/** What a kind of server says of how to start it in a place. */
export interface ThrowAwayPlan {
  plan: ServerPlan;
  /** The login that dumps are imported with. */
  server: DatabaseServerConfig;
  /** The login that has the server, where it is another one. */
  superuser?: DatabaseServerConfig;
  isReady: () => Promise<unknown>;
  /** What the server needs before anybody uses it. */
  prepare?: () => Promise<unknown>;
}
