/** Where time enters (D18). Nothing else asks the machine what time it is. */
export interface Clock {
  now(): Date;
}

/** Where fresh identity enters (D18): random UUIDs. Ids that must come out the same twice are derived (see `slots.ts`). */
export interface Ids {
  uuid(): string;
}
