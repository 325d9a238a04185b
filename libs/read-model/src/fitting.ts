/** A TEXT column holds 65,535 bytes, and a character has up to four. */
export const longestText = 16_000;

/** Cuts a text to the size of its column: one oversized row must not stop all others. `backup_runs` and `audit_log` have the whole text. */
export function fitting(text: string, longest: number): string {
  const characters = text.length <= longest ? undefined : Array.from(text);
  if (characters === undefined || characters.length <= longest) return text;
  return `${characters.slice(0, longest - 1).join('')}…`;
}
