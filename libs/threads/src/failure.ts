/** An error on its way from one thread to another, where its class would be lost: what people and programs are told by it. */
export interface Failure {
  name: string;
  message: string;
  /** As far as it has them: `code`, `retryable`, `remedy`. */
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

/** What `failureOf` was told of: an error of the same shape. */
export function errorOf({ name, message, facts, cause }: Failure): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: errorOf(cause) });
  return Object.assign(error, { name }, facts);
}
