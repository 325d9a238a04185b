import type { ListedDeletion, ListedHold } from '@havun/use-cases';
import type { Hold } from '@havun/domain';
import { indent } from '../terminal.js';
import { formatInstant } from './format.js';

/** How a text is laid out. */
export interface Layout {
  readonly timezone: string;
  readonly width: number;
}

/** `by henk@web1 since 2025-11-21 03:00:00, until 2027-01-01 00:00:00: Audit`. */
export function describeHold({ by, reason, placedAt, until, review }: Hold, timezone: string, now: string): string {
  const dates = [
    ...(until === undefined ? [] : [`, until ${formatInstant(until, timezone)}`]),
    ...(review === undefined ? [] : [reviewWords(review, timezone, now)]),
  ];
  return `by ${by} since ${formatInstant(placedAt, timezone)}${dates.join('')}: ${reason}`;
}

function reviewWords(review: string, timezone: string, now: string): string {
  const day = formatInstant(review, timezone).slice(0, 10);
  return review <= now ? `, was to be looked at on ${day}` : `, to be looked at on ${day}`;
}

export function renderHolds(holds: readonly ListedHold[], now: string, { timezone, width }: Layout): string {
  return holds
    .map((hold) =>
      [
        hold.kind === 'project' ? `All of ${hold.name}` : hold.name,
        indent(describeHold(hold, timezone, now), 4, width),
        indent(`hold ${hold.id}`, 4, width),
      ].join('\n'),
    )
    .join('\n');
}

export function renderDeletions(deletions: readonly ListedDeletion[], { timezone, width }: Layout): string {
  return deletions
    .map(({ name, reason, notBefore, isDue }) =>
      [
        `${name}: ${isDue ? 'deleted by the next clean-up' : `not deleted before ${formatInstant(notBefore, timezone)}`}`,
        indent(reason, 4, width),
        indent(`Keep it with: havun deletion:cancel ${name} --reason="..."`, 4, width),
      ].join('\n'),
    )
    .join('\n');
}
