import type { Clock, Ids } from '@havun/domain';

/** Identifies who appends the events of a new name. */
export interface NamingDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly source: string;
  readonly correlationId: string;
}
