import type { FoundFindings } from '@havun/use-cases';
import { indent, mark, type Terminal } from '../terminal.js';
import { plural } from './format.js';

/** The names of one kind that are printed; the JSON document has all of them. */
const mostShown = 40;

/** What a backup lacks, and what is to be known of it, by name. The names are the site's: they may be personal data. */
export function printFindings(terminal: Terminal, found: FoundFindings): void {
  if (found.kind === 'none') return;
  if (found.kind === 'unread') {
    const words = `The names of what is missing are in the manifest of its archive, which can't be read now: ${found.why}`;
    terminal.print(indent(`${mark('warning')} ${words}`, 0, terminal.width));
    return;
  }
  const { missing, warnings } = found;
  if (missing.length > 0)
    terminal.print(`${mark('failed')} Missing from this backup: ${plural(missing.length, 'thing')}`);
  printList(terminal, missing);
  if (warnings.length > 0) terminal.print(`${mark('warning')} To be known of it: ${plural(warnings.length, 'thing')}`);
  printList(terminal, warnings);
}

function printList(terminal: Terminal, list: Extract<FoundFindings, { kind: 'found' }>['missing']): void {
  let remedy: string | undefined;
  for (const finding of list.slice(0, mostShown)) {
    terminal.print(indent(`${finding.message} [${finding.code}]`, 4, terminal.width));
    if (finding.remedy !== undefined && finding.remedy !== remedy) {
      terminal.print(indent(finding.remedy, 6, terminal.width));
    }
    remedy = finding.remedy;
  }
  if (list.length > mostShown)
    terminal.print(`    and ${list.length - mostShown} more: they are in the output of --json`);
}
