import { failureOf, isRetryable, type Failure } from '@havun/domain';

/** One reason why a restore or a drill would fail. */
export interface Problem extends Failure {
  /** The same may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

/** A thrown error as a value. An error that holds several reasons becomes one whose message names all of them. */
export const problemOf = (error: unknown): Problem => ({ ...failureOf(error), retryable: isRetryable(error) });

/** A plan that can't be carried out. `code` is that of the first problem; message and remedy name all of them. */
export class Refused extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly retryable: boolean;
  constructor(readonly problems: readonly [Problem, ...Problem[]]) {
    super(problems.map(({ message }) => message).join('; '));
    this.name = 'Refused';
    this.code = problems[0].code;
    this.remedy = [...new Set(problems.map(({ remedy }) => remedy))].join(' ');
    this.retryable = problems.every(({ retryable }) => retryable);
  }
}

/** @throws Refused with all of them, if there are any */
export function refuse(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first) throw new Refused([first, ...others]);
}
