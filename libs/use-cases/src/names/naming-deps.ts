import type { Clock, Ids } from '@havun/domain';

/** Who appends what a new name takes. */
export interface NamingDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly source: string;
  readonly correlationId: string;
}
