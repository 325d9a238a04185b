import type { Result } from '../measure/rounds.js';
import { median } from '../measure/sample.js';
import { belowVerdict, detailsOf, type Contest, type Verdict } from './verdict.js';

const mostGrowth = 1.5;
const mostOfEmpty = 1.2;

/** What people ask, with the words of the table. */
const questions = {
  show: 'show an old backup by its name',
  latest: 'choose the latest backup',
  byName: 'choose a backup by its name',
  byDate: 'choose a backup by its date',
  restoreList: 'list 50 restores of all projects',
  interrupted: 'look for interrupted runs, before a command',
  backupList: 'list 50 backups',
} as const;

/** What is to stay as it was on the first day. */
const flat: Readonly<Record<string, string>> = {
  start: 'start of `havun up`, until commands may come',
  firstRound: 'first round of the scheduler: from the first request to the fiftieth',
  dueToSuccess: '50 due at once: from the first request to the last success',
  requestToSuccess: 'one backup, from its request to its success',
  ...Object.fromEntries(Object.entries(questions).map(([key, what]) => [key, `${what}, for the first time`])),
  ...Object.fromEntries(Object.entries(questions).map(([key, what]) => [`${key}Again`, `${what}, again`])),
  showCommand: '`backup:show`, the whole command',
  listCommand: '`backup:list`, the whole command',
  restoreListCommand: '`restore:list`, the whole command',
  dryRunCommand: '`backup:restore --latest --dry-run`, the whole command',
};

/** @param results one for an empty log, then by size */
export function yearsReport(results: readonly Result[]): Contest {
  const [empty, ...filled] = results as readonly [Result, ...Result[]];
  const of = (key: string, which: readonly Result[] = filled): number[] =>
    which.map(({ samples }) => median(detailsOf(samples, key)));
  const told = (values: readonly number[], digits: number): string =>
    values.map((value) => (Number.isNaN(value) ? '-' : value.toFixed(digits))).join(', ');
  const inMilliseconds = (key: string): string =>
    told(
      of(key, results).map((each) => each * 1000),
      1,
    );
  const last = filled.at(-1);
  const stack = (last?.samples ?? []).map(
    ({ details: { nodeMegabytes = NaN, serverMegabytes = NaN, serverAskedMegabytes = NaN } = {} }) =>
      nodeMegabytes + Math.max(serverMegabytes, serverAskedMegabytes),
  );
  return {
    scenario: 'years',
    title: `50 projects, daily: ${filled.map(({ name }) => name).join(', ')}, in turns`,
    results,
    verdicts: [
      ...Object.entries(flat).map(([key, what]) => growthVerdict(what, of(key))),
      emptyVerdict(of('dueToSuccess', [empty])[0] ?? NaN, of('dueToSuccess').at(-1) ?? NaN),
      belowVerdict('memory of the whole stack at the largest', stack, 512, 'MB'),
    ],
    missing: [],
    notes: [
      'An empty log first, then by size: medians of rounds that take turns.',
      '«For the first time»: the server had forgotten what it had read of the log. «Again»: right after that.',
      ...Object.entries(flat).map(([key, what]) => `${what}: ${inMilliseconds(key)} ms`),
      `start after kill -9 with a cold page cache: ${told(of('recovery', results), 2)} s`,
      `\`havun up\` holds ${told(of('nodeMegabytes', results), 0)} MB, at most ${told(of('nodePeakMegabytes', results), 0)} MB`,
      `nats-server holds ${told(of('serverMegabytes', results), 0)} MB, at most ${told(of('serverPeakMegabytes', results), 0)} MB; after all questions ${told(of('serverAskedMegabytes', results), 0)} MB`,
      `load average of each: ${told(of('load', results), 1)}`,
      `rebuild at the largest: ${told(of('rebuild').slice(-1), 1)} s in ${told(of('rebuildMegabytes').slice(-1), 0)} MB; the tables' file ${told(of('tablesBefore').slice(-1), 0)} MB before, ${told(of('tablesAfter').slice(-1), 0)} MB after`,
    ],
  };
}

/** From the smallest log to the largest. */
function growthVerdict(what: string, values: readonly number[]): Verdict {
  const growth = (values.at(-1) ?? NaN) / (values[0] ?? NaN);
  const target = `at most ${mostGrowth} x the smallest log`;
  return { what, target, measured: `${growth.toFixed(2)} x`, met: growth <= mostGrowth };
}

function emptyVerdict(empty: number, largest: number): Verdict {
  const growth = largest / empty;
  const target = `at most ${mostOfEmpty} x an empty log`;
  return {
    what: '50 due at once, at the largest',
    target,
    measured: `${growth.toFixed(2)} x`,
    met: growth <= mostOfEmpty,
  };
}
