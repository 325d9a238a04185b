// Random dumps from a grammar, for the import filters: statements as dump clients write them, disguised statements that reach
// further, and pieces of broken syntax anywhere. The same seed makes the same dump.
import { dumpUnsafe } from '../dump-unsafe.js';
import { DatabaseError } from '../errors.js';
import type { ImportFilter } from '../import-filter.js';

export interface DumpGrammar {
  create(): ImportFilter;
  /** The beginning and end of every dump. */
  before: string;
  after: string;
  /** Statements as a dump client writes them; they contain arbitrary text where it means nothing. */
  harmless: readonly ((text: string) => string)[];
  /** Statements that reach beyond the database, with single blanks where any may stand. */
  hostile: readonly string[];
  /** Words of statements that may pass; where others have them as well, that makes them no better. */
  phrases: readonly string[];
  /** What may stand for a blank. */
  blanks: readonly string[];
  /** Pieces of syntax that may change the meaning of everything after them. */
  fragments: readonly string[];
  /** Its client drops what a line has after a NUL. */
  isText?: boolean;
  /** What else another server may read in a text. */
  readings?: readonly ((text: string) => string)[];
  /** Strings, comments and data, read apart from the filter: what is not statements. */
  apart: RegExp;
  /** Besides, once those are gone: what is inside a statement though it has semicolons. */
  inside?: readonly RegExp[];
  /** Whether a statement without those, which the filter let through, reaches further. */
  reaches(statement: string): boolean;
}

interface MadeDump {
  text: string;
  /** Undefined where it has broken pieces, and so tells what it is itself. */
  isHostile: boolean | undefined;
}

export type Random = (below: number) => number;

/** Numbers from 0 up to `below`; the same for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)] as T;

export function madeDump(grammar: DumpGrammar, random: Random): MadeDump {
  const statements = Array.from({ length: 1 + random(4) }, () => {
    const meant = pick(random, grammar.hostile) + pick(random, [';', '', ' -- ', '\n']);
    return pick(random, grammar.harmless)(meant);
  });
  const isHostile = random(2) === 0;
  if (isHostile)
    statements.splice(random(statements.length + 1), 0, disguised(mixed(grammar, random), grammar, random));
  const text = statements.join('\n');
  if (random(3) > 0) return { text: grammar.before + text + grammar.after, isHostile };
  return { text: grammar.before + broken(text, grammar, random) + grammar.after, isHostile: undefined };
}

function mixed({ hostile, phrases }: DumpGrammar, random: Random): string {
  const statement = pick(random, hostile);
  if (random(4) > 0 || statement.endsWith('\n')) return statement;
  return random(2) === 0 ? `${statement} ${pick(random, phrases)}` : `${statement} /* ${pick(random, phrases)} */`;
}

/** The same statement in other letters, with other white space and with comments. */
function disguised(statement: string, { blanks }: DumpGrammar, random: Random): string {
  const cased = pick(random, [(text: string) => text, (text: string) => text.toLowerCase(), swapped]);
  const spaced = statement.replaceAll(' ', () => (random(2) === 0 ? ' ' : pick(random, blanks)));
  return (/^[\\./]/.test(statement) ? statement : cased(spaced)) + ';';
}
const swapped = (text: string): string =>
  text.replaceAll(/[A-Za-z]/g, (letter, at: number) => (at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase()));

function broken(text: string, { fragments }: DumpGrammar, random: Random): string {
  let result = text;
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(result.length + 1);
    const cut = random(4) === 0 ? random(8) : 0;
    result = result.slice(0, at) + pick(random, fragments) + result.slice(at + cut);
  }
  return result;
}

interface Outcome {
  /** What went to the client. */
  out: string;
  /** Whether all of it did. */
  isLet: boolean;
}

/** The filter's result for a dump in pieces. @throws everything but its refusals */
export function outcomeOf(filter: ImportFilter, bytes: Buffer, pieceSize: () => number): Outcome {
  const out: Buffer[] = [];
  const text = () => Buffer.concat(out).toString('latin1');
  try {
    for (let at = 0; at < bytes.length;) {
      const end = at + pieceSize();
      out.push(...filter.pass(bytes.subarray(at, end)));
      at = end;
    }
    const { rest, complete } = filter.last();
    if (!complete) return { out: text(), isLet: false };
    out.push(...rest);
    return { out: text(), isLet: true };
  } catch (error) {
    if (error instanceof DatabaseError && error.code === dumpUnsafe('', '').code) return { out: text(), isLet: false };
    throw error;
  }
}

const COMMENT = /^(?:--|#|\/\*|\*\/)/;
/** Read whole, so that nothing begins within. */
const WORD = /^[\w\x80-\xff][\w$\x80-\xff]*$/;

/** The statements of a text that reach further, as the grammar reads it. */
const reaching = (text: string, { apart, inside = [], reaches, readings = [] }: DumpGrammar): string[] =>
  [text, ...readings.map((read) => read(text))]
    .map((read) => read.replaceAll(apart, (part) => (COMMENT.test(part) ? ' ' : WORD.test(part) ? part : ' ? ')))
    .flatMap((read) => inside.reduce((left, part) => left.replaceAll(part, ' ? '), read).split(';'))
    .map((statement) =>
      statement
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replace(/^(?:\? )+/, ''),
    )
    .filter((statement) => statement !== '' && reaches(statement));

export interface FuzzCount {
  refused: number;
  let: number;
}

/**
 * Tries this many dumps. @returns how many came through
 * @throws Error with the seed and the dump of the first that shows a fault
 */
export function fuzz(grammar: DumpGrammar, seed: number, dumps: number): FuzzCount {
  const count: FuzzCount = { refused: 0, let: 0 };
  for (let number = 0; number < dumps; number += 1) {
    const random = seeded(seed * 1_000_003 + number);
    const { text, isHostile } = madeDump(grammar, random);
    const bytes = Buffer.from(text, 'latin1');
    const whole = outcomeOf(grammar.create(), bytes, () => bytes.length);
    const longest = pick(random, [1, 3, 90, 200]);
    const inPieces = outcomeOf(grammar.create(), bytes, () => 1 + random(longest));
    const fault = faultOf(grammar, isHostile, whole, inPieces);
    if (fault !== undefined) throw new Error(`seed ${seed}, dump ${number}: ${fault}\n${JSON.stringify(text)}`);
    count[whole.isLet ? 'let' : 'refused'] += 1;
  }
  return count;
}

function faultOf(
  grammar: DumpGrammar,
  isHostile: boolean | undefined,
  whole: Outcome,
  inPieces: Outcome,
): string | undefined {
  if (whole.isLet !== inPieces.isLet) return 'the borders of its pieces decide whether it is let through';
  if (whole.isLet && whole.out !== inPieces.out) return 'the borders of its pieces change what is let through';
  if (isHostile === true && whole.isLet) return 'a statement that reaches further is let through';
  if (isHostile === false && !whole.isLet) return 'what a dump client writes is refused';
  if (grammar.isText && inPieces.out.includes('\0')) return 'a NUL went to the client, which reads on behind it';
  const [first] = reaching(inPieces.out, grammar);
  return first === undefined ? undefined : `this went to the client: ${first}`;
}
