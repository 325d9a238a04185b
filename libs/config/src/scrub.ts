export type Scrub = (text: string) => string;

/** Removing shorter ones would make half of every line unreadable, and they are hardly secrets. */
const shortestSecret = 4;

/**
 * Removes the given secrets from a text, in the forms in which they occur: as they are, in JSON, and in a URL. The last line of
 * defence: no secret should get into a text in the first place.
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
