/** How often each warning was given: events contain no names. */
export function countByCode(warnings: readonly { readonly code: string }[]): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { code } of warnings) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => ({ code, count }));
}
