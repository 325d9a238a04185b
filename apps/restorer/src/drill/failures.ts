/** A drill that did not prove what it should. */
export class DrillFailure extends Error {
  readonly retryable = false;
  constructor(
    readonly code: 'CHECKSUM_MISMATCH' | 'TABLES_DIFFER',
    message: string,
    readonly remedy: string,
  ) {
    super(message);
    this.name = 'DrillFailure';
  }
}

export const notTheArchive = (storage: string, found: string, expected: string): DrillFailure =>
  new DrillFailure(
    'CHECKSUM_MISMATCH',
    `The archive that came from ${storage} has SHA-256 ${found}, and the one that was made has ${expected}`,
    'Do not restore from this copy. Look at the disk that it was downloaded to, then run «havun backup:test» again.',
  );

const mostTold = 10;

export const tablesDiffer = (differences: readonly string[]): DrillFailure =>
  new DrillFailure(
    'TABLES_DIFFER',
    `The restored database is not the one that was backed up: ${differences.slice(0, mostTold).join(' ')}${
      differences.length > mostTold ? ` And ${differences.length - mostTold} more.` : ''
    }`,
    'Assume that this backup cannot be restored completely: run «havun backup:run» and «havun backup:test» again, and compare the versions and settings of the two database servers.',
  );
