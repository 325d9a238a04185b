export type Scrub = (text: string) => string;

/** Shorter ones would blacken half of every line, and are no secrets to speak of. */
const shortestSecret = 4;

/**
 * Takes the given secrets out of a text, in the forms in which they turn up: as they are, as JSON writes them, and as
 * they stand in a URL. The last line of defence: nothing should put a secret into a text in the first place.
 */
export function scrubber(secrets: readonly string[]): Scrub {
  const forms = new Set(
    secrets
      .filter((secret) => secret.length >= shortestSecret)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((clean, form) => clean.replaceAll(form, '[secret]'), text);
}
