import { closest, distance } from 'fastest-levenshtein';

/** The known word that was probably meant: the same last part (`Amsterdam`), or at most a third of the letters different. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const ending = known.find((each) => each.toLowerCase().endsWith(`/${word.toLowerCase()}`));
  if (ending !== undefined) return ending;
  const candidate = closest(word, known);
  return distance(word, candidate) <= Math.max(2, Math.ceil(candidate.length / 3)) ? candidate : undefined;
}

export const didYouMean = (word: string, known: readonly string[]): string => {
  const candidate = nearest(word, known);
  return candidate === undefined ? '' : `: did you mean "${candidate}"?`;
};
