/** The only source of time (D18). Nothing else asks the machine for it. */
export interface Clock {
  now(): Date;
}

/** The only source of fresh ids (D18): random UUIDs. Ids that must be the same every time are derived (see `slots.ts`). */
export interface Ids {
  uuid(): string;
}
