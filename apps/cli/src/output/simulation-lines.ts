import { priceOf, type RetentionPolicy, type SimulatedMonth } from '@havun/domain';
import type { SimulatedRetention } from '@havun/use-cases';
import { plural, formatBytes } from './format.js';
import { renderTable } from './table.js';

/** What there is at the end of a calendar year, and what has happened in it. */
export interface SimulatedYear {
  /** `2026`. */
  readonly year: string;
  readonly made: number;
  readonly deleted: number;
  readonly hot: number;
  readonly archived: number;
  readonly localBytes: number;
  readonly offsiteBytes: number;
  /** Of the months of the year together; undefined where no price is known. */
  readonly price?: number;
}

export function yearsOf(months: readonly SimulatedMonth[], pricePerTb: number | undefined): SimulatedYear[] {
  const byYear = grouped(months, ({ month }) => month.slice(0, 4));
  return [...byYear].flatMap(([year, within]) => {
    const last = within.at(-1);
    if (!last) return [];
    return [
      {
        year,
        made: sum(within, ({ made }) => made),
        deleted: sum(within, ({ deleted }) => deleted),
        hot: last.hot,
        archived: last.archived,
        localBytes: bytesIn(last, (storage) => storage === 'local'),
        offsiteBytes: bytesIn(last, (storage) => storage !== 'local'),
        ...(pricePerTb !== undefined && { price: sum(within, (month) => priceOf(month, pricePerTb)) }),
      },
    ];
  });
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const sum = <Item>(items: readonly Item[], amount: (item: Item) => number): number =>
  items.reduce((total, item) => total + amount(item), 0);

const bytesIn = ({ stored }: Pick<SimulatedMonth, 'stored'>, fits: (storage: string) => boolean): number =>
  sum(
    stored.filter(({ storage }) => fits(storage)),
    ({ bytes }) => bytes,
  );

/** All projects together, year by year. */
export function totalOf(projects: readonly (readonly SimulatedYear[])[]): SimulatedYear[] {
  const byYear = grouped(projects.flat(), ({ year }) => year);
  return [...byYear]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([year, years]) => ({
      year,
      made: sum(years, ({ made }) => made),
      deleted: sum(years, ({ deleted }) => deleted),
      hot: sum(years, ({ hot }) => hot),
      archived: sum(years, ({ archived }) => archived),
      localBytes: sum(years, ({ localBytes }) => localBytes),
      offsiteBytes: sum(years, ({ offsiteBytes }) => offsiteBytes),
      ...(years.some(({ price }) => price !== undefined) && { price: sum(years, ({ price }) => price ?? 0) }),
    }));
}

/** `hot 30 days, archive 7 years, nothing deleted`. */
export function policyWords({
  hotDays,
  archiveYears,
  autoCleanupArchive,
  complianceRequired,
  keep,
}: RetentionPolicy): string {
  const isDeleted = autoCleanupArchive && !complianceRequired && archiveYears !== undefined;
  return [
    `hot ${hotDays === undefined ? 'for ever' : plural(hotDays, 'day')}`,
    `archive ${isDeleted ? plural(archiveYears, 'year') : 'for ever'}`,
    ...(keep
      ? [
          `keep ${Object.entries(keep)
            .map(([of, count]) => `${count} ${of}`)
            .join(', ')}`,
        ]
      : []),
  ].join('; ');
}

export function renderYears(years: readonly SimulatedYear[], width: number): string {
  const hasPrice = years.some(({ price }) => price !== undefined);
  return renderTable<SimulatedYear>(
    [
      { title: 'YEAR', text: ({ year }) => year },
      { title: 'HOT', text: ({ hot }) => String(hot), align: 'right' },
      { title: 'ARCHIVE', text: ({ archived }) => String(archived), align: 'right' },
      { title: 'DELETED', text: ({ deleted }) => String(deleted), align: 'right' },
      { title: 'HERE', text: ({ localBytes }) => formatBytes(localBytes), align: 'right' },
      { title: 'OFFSITE', text: ({ offsiteBytes }) => formatBytes(offsiteBytes), align: 'right' },
      ...(hasPrice
        ? [{ title: 'PRICE', text: ({ price }: SimulatedYear) => (price ?? 0).toFixed(2), align: 'right' as const }]
        : []),
    ],
    years,
    width,
  );
}

/** The offsite bytes at the end of each year, as bars. */
export function renderChart(years: readonly SimulatedYear[], width: number): string {
  const most = Math.max(1, ...years.map(({ offsiteBytes }) => offsiteBytes));
  const room = Math.max(10, Math.min(width, 80) - 18);
  return years
    .map(({ year, offsiteBytes }) => {
      const length = Math.round((offsiteBytes / most) * room);
      return `${year}  ${'█'.repeat(length)}${length > 0 ? ' ' : ''}${formatBytes(offsiteBytes)}`;
    })
    .join('\n');
}

export const headOf = ({ project, policy, isSizeUnknown }: SimulatedRetention): string =>
  `${project}: ${policyWords(policy)}${isSizeUnknown ? ' (no backup yet: its size is not known, and taken as 0 B)' : ''}`;
