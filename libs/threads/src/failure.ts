/** An error on its way from one thread to another. Its class would be lost there, but people and programs need what it says. */
export interface Failure {
  name: string;
  message: string;
  /** Present where the error has them: `code`, `retryable`, `remedy`. */
  facts: Record<string, unknown>;
  cause?: Failure;
}

const FACTS = ['code', 'retryable', 'remedy'];

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), facts: {} };
  const known = error as Error & Record<string, unknown>;
  return {
    name: known.name,
    message: known.message,
    facts: Object.fromEntries(FACTS.filter((fact) => known[fact] !== undefined).map((fact) => [fact, known[fact]])),
    ...(known.cause !== undefined && { cause: failureOf(known.cause) }),
  };
}

/** The error that `failureOf` described, in the same shape. */
export function errorOf({ name, message, facts, cause }: Failure): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: errorOf(cause) });
  return Object.assign(error, { name }, facts);
}
