import { randomInt } from 'node:crypto';
import pc from 'picocolors';
import { printableJson, printableLines } from '@havun/text';

/**
 * Where a command's words go. Answers go to standard output; progress and remarks to standard error. Whatever a site, a
 * dump or a server has put into them is made harmless here: only our own marks have colours.
 */
export interface Terminal {
  /** The answer, as text for people or as one JSON document. */
  readonly json: boolean;
  /** Characters a line; a pipe counts as wide. */
  readonly width: number;
  /** Whether somebody watches, so that a line may be drawn over. */
  readonly interactive: boolean;
  print(text: string): void;
  printJson(value: unknown): void;
  remark(text: string): void;
}

export function processTerminal(json: boolean): Terminal {
  const { stdout, stderr } = process;
  return {
    json,
    width: stdout.isTTY ? Math.max(stdout.columns || 80, 40) : 200,
    interactive: stderr.isTTY && !json,
    print: (text) => {
      if (!json) stdout.write(`${shown(text)}\n`);
    },
    printJson: (value) => {
      if (json) stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
    },
    remark: (text) => {
      stderr.write(`${shown(text)}\n`);
    },
  };
}

const marks = {
  ok: pc.green('✔'),
  warning: pc.yellow('!'),
  failed: pc.red('✖'),
  skipped: pc.dim('-'),
} as const;
export type Mark = keyof typeof marks;

/** What a mark is within a text until it is shown: characters for private use that nobody can guess. */
const seal = String.fromCodePoint(...Array.from({ length: 4 }, () => randomInt(0xe000, 0xf900)));
const sealed = new RegExp(`${seal}(${Object.keys(marks).join('|')});`, 'g');

export const mark = (kind: Mark): string => `${seal}${kind};`;

/** A text as it goes to a terminal. */
export const shown = (text: string): string => printableLines(text).replaceAll(sealed, (_, kind: Mark) => marks[kind]);

/** As it is shown: a mark takes one character. */
const lengthOf = (text: string): number => text.replaceAll(sealed, '.').length;

/** Word-wraps `text` under a hanging indent. */
export function indent(text: string, by: number, width: number): string {
  const room = Math.max(20, width - by);
  const lines = text.split('\n').flatMap((paragraph) => {
    const wrapped: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > room) {
        wrapped.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...wrapped, line];
  });
  return lines.map((line) => ' '.repeat(by) + line).join('\n');
}
