import type { PolicyDifference } from '@havun/domain';
import { plural, type LargeBatch, type PendingPolicy } from '@havun/use-cases';
import { indent, mark } from '../terminal.js';

interface Waiting {
  readonly project: string;
  readonly pending?: PendingPolicy;
  readonly largeBatch?: LargeBatch;
}

/** So many backups are named; the JSON has all of them. */
const mostNamed = 10;

/** What waits for a person, and what to do; nothing where nothing waits. */
export function renderQuestion({ project, pending, largeBatch }: Waiting, width: number): string[] {
  return [
    ...(pending ? pendingLines(pending, width) : []),
    ...(largeBatch ? [indent(`${mark('warning')} ${batchWords(largeBatch)}`, 2, width)] : []),
    ...(pending || largeBatch
      ? [indent(`If that is meant: havun retention:accept ${project} --reason="..."`, 4, width)]
      : []),
  ];
}

function pendingLines({ differences, wouldDelete }: PendingPolicy, width: number): string[] {
  return [
    indent(
      `${mark('warning')} The configuration would delete more than the policy that was accepted. Until somebody accepts it, the accepted one acts:`,
      2,
      width,
    ),
    ...differences.map((difference) => indent(differenceWords(difference), 4, width)),
    ...namesOf(wouldDelete).map((line) => indent(line, 4, width)),
  ];
}

const differenceWords = ({ setting, accepted, proposed }: PolicyDifference): string =>
  `${setting}: accepted ${accepted}, now ${proposed}`;

export function namesOf(names: readonly string[]): string[] {
  if (names.length === 0) return ['no backup that there is now would go earlier'];
  const rest = names.length - mostNamed;
  return [
    `${plural(names.length, 'backup')} would go earlier, or at all:`,
    ...names.slice(0, mostNamed).map((name) => `- ${name}`),
    ...(rest > 0 ? [`and ${rest} more, which --json names`] : []),
  ];
}

export const batchWords = ({ deletes, of }: LargeBatch): string =>
  `${deletes} of ${of} backups would be deleted at once: that is many, and all of them are kept until somebody accepts it.`;
