/** Whole seconds from one ISO 8601 instant to another; 0 where a clock was set back between them. */
export const secondsBetween = (from: string, to: string): number =>
  Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
