import { countsOf, problemsOf, type Catalogued, type CatalogueProblem, type CatalogueReport } from '@havun/use-cases';
import { formatBytes, formatInstant, plural } from './format.js';
import { renderTable } from './table.js';
import { indent, mark, type Terminal } from '../terminal.js';

export function printReport(report: CatalogueReport, terminal: Terminal, timezone: string): void {
  const { backups, dryRun } = report;
  if (backups.length > 0) terminal.print(renderBackups(backups, timezone, terminal.width));
  for (const { what, remedy } of grouped(problemsOf(report))) {
    for (const text of what) terminal.print(`${mark('failed')} ${indent(text, 2, terminal.width).trimStart()}`);
    terminal.print(indent(remedy, 2, terminal.width));
  }
  const counts = countsOf(report);
  const would = dryRun ? 'would be ' : '';
  terminal.print(
    `${mark(problemsOf(report).length === 0 ? 'ok' : 'warning')} ${plural(backups.length, 'backup')}: ` +
      `${counts.new} ${would}added, ${counts.updated} ${would}updated, ${counts.known} known already` +
      (counts.running > 0 ? `, ${counts.running} running` : '') +
      (counts.wrong > 0 ? `, ${counts.wrong} not recorded` : ''),
  );
  if (!report.verified && counts.new + counts.updated > 0) terminal.print(indent(notVerified, 2, terminal.width));
}

const notVerified =
  'Copies are listed as they were found, and were not read back: a restore checks the archive before it touches anything. To have every byte read back now: havun catalogue:rebuild --verify';

function renderBackups(backups: readonly Catalogued[], timezone: string, width: number): string {
  return renderTable<Catalogued>(
    [
      { title: 'BACKUP', text: ({ name }) => name },
      { title: 'FOUND', text: ({ status }) => status },
      { title: 'MADE', text: ({ createdAt }) => (createdAt === undefined ? '' : formatInstant(createdAt, timezone)) },
      { title: 'SIZE', text: ({ bytes }) => (bytes === undefined ? '' : formatBytes(bytes)), align: 'right' },
      { title: 'COPIES', text: ({ project, copies }) => describeCopies(project, copies), shrinks: true },
    ],
    backups,
    width,
  );
}

/** `local: hot, hetzner: archive/2025/11`. */
const describeCopies = (project: string, copies: Catalogued['copies']): string =>
  copies.map(({ storage, path }) => `${storage}: ${path.slice(project.length + 1, path.lastIndexOf('/'))}`).join(', ');

/** A remedy is printed once for all problems that it solves. */
function grouped(problems: readonly CatalogueProblem[]): { what: string[]; remedy: string }[] {
  const byRemedy = new Map<string, string[]>();
  for (const { storage, message, code, remedy } of problems) {
    const isNamed = storage === undefined || message.includes(storage);
    const what = byRemedy.get(remedy) ?? [];
    what.push(`${isNamed ? '' : `${storage}: `}${message} [${code}]`);
    byRemedy.set(remedy, what);
  }
  return [...byRemedy].map(([remedy, what]) => ({ remedy, what }));
}
