/** The reason of a lease's signal: somebody else may hold it now, so work under it has to stop. */
export class LeaseLost extends Error {
  readonly code = 'LEASE_LOST';
  readonly retryable = true;
  readonly remedy =
    'The work is resumed automatically. If this recurs, check the connection to the NATS server and the load.';
  constructor(key: string, why: string) {
    super(`The lease ${key} was lost: ${why}`);
    this.name = 'LeaseLost';
  }
}
