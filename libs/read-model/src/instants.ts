const exact = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** An ISO 8601 instant in the form that both databases store: `2025-11-21 02:00:00.000`, in UTC, so that text order is time order. */
export function instantToColumn(iso: string): string {
  const utc = exact.test(iso) ? iso : new Date(iso).toISOString();
  return `${utc.slice(0, 10)} ${utc.slice(11, 23)}`;
}

/** The ISO 8601 form of a stored instant. */
export const instantFromColumn = (column: string): string => `${column.replace(' ', 'T')}Z`;
