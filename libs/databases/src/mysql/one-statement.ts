// Clients send a routine as one text, with its semicolons, and servers run every statement of such a text. So a body is followed
// from one of its statements to the next, to be sure that nothing stands behind its end.
import type { CreatedThing } from './created-thing.js';

/** Where the server reads on as a routine's body, after its parameters. */
const CHARACTERISTICS = new RegExp(
  String.raw`^(?:RETURNS? \w+ (?:\( [^()]*\) )?(?:(?:UNSIGNED|SIGNED|ZEROFILL|PRECISION|VARYING|BINARY|ASCII|UNICODE|(?:CHARSET|CHARACTER SET|COLLATE) \S+) )*)?` +
    String.raw`(?:(?:COMMENT \?|LANGUAGE SQL|(?:NOT )?DETERMINISTIC|(?:CONTAINS|NO) SQL|(?:READS|MODIFIES) SQL DATA|SQL SECURITY (?:DEFINER|INVOKER)) )*`,
);
const TRIGGER = /^(?:BEFORE|AFTER) \w+(?: OR \w+)* ON \S+ FOR EACH ROW (?:(?:FOLLOWS|PRECEDES) \S+ )?/;
/** As events are written; nothing before is called DO. */
const EVENT = /^ON SCHEDULE (?:(?!DO )\S+ )*DO /;
const PACKAGE = /^(?:COMMENT \? |SQL SECURITY \w+ )*[AI]S /;

const CLOSED_BY_NAME = new Set(['IF', 'CASE', 'LOOP', 'REPEAT', 'WHILE', 'FOR']);
/** A condition of a handler: a state, a number, or the name of one. */
const CONDITION = /^(?:SQLSTATE (?:VALUE )?\? |NOT FOUND |(?:\d )+|\S+ )(?:, )?/;

/** Whether the words of a CREATE statement, after the name, are one statement to every server. */
export function isOneStatement({ kind, rest }: CreatedThing): boolean {
  const last = rest.at(-1) === ';' ? -1 : undefined;
  if (!rest.slice(0, last).includes(';')) return true;
  const words = rest.map((word, at) => (isName(rest, at) ? '?' : word.toUpperCase()));
  switch (kind) {
    case 'PROCEDURE':
    case 'FUNCTION':
      return isBody(words, afterHead(words, CHARACTERISTICS, afterBrackets(words)));
    case 'TRIGGER':
      return isBody(words, afterHead(words, TRIGGER));
    case 'EVENT':
      return isBody(words, afterHead(words, EVENT));
    case 'PACKAGE':
      return isBody(words, afterHead(words, PACKAGE), ['PACKAGE']);
    default:
      return false;
  }
}

/** Quoted, or a part of a longer name, or a variable: no keyword. */
const isName = (words: readonly string[], at: number): boolean =>
  /^[`"']/.test(words[at] ?? '') ||
  /^[.@]$/.test(words[at - 1] ?? '') ||
  (words[at + 1] === '.' && !/^\d/.test(words[at + 2] ?? ''));

function afterBrackets(words: readonly string[]): number {
  let depth = 0;
  for (const [at, word] of words.entries()) {
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return words.length;
}

function afterHead(words: readonly string[], head: RegExp, from = 0): number | undefined {
  const found = head.exec(words.slice(from).join(' ') + ' ')?.[0];
  return found === undefined ? undefined : from + found.split(' ').length - 1;
}

const isBody = (words: readonly string[], from: number | undefined, open: string[] = []): boolean =>
  from !== undefined && new Body(words, from, open).isAll();

class Body {
  constructor(
    private readonly words: readonly string[],
    private at: number,
    /** What has begun and not ended, the innermost last. PACKAGE, ROUTINE: their declarations, in Oracle's language. */
    private readonly open: string[],
  ) {}

  isAll(): boolean {
    if (this.open.length === 0 && /^[AI]S$/.test(this.word())) this.enter('ROUTINE');
    for (let isFirst = true; this.at < this.words.length; isFirst = false) {
      if (!isFirst && this.open.length === 0) return this.words.slice(this.at).every((word) => word === ';');
      if (!this.statement()) return false;
    }
    return this.open.length === 0;
  }

  private word(ahead = 0): string {
    return this.words[this.at + ahead] ?? '';
  }

  private enter(what: string): boolean {
    this.open.push(what);
    this.at += 1;
    return true;
  }

  /** Goes on to where the next statement begins. @returns `false` where it can't be told. */
  private statement(): boolean {
    const top = this.open.at(-1);
    if (this.word(1) === ':' && this.word(2) !== '=') return this.skip(2) && this.statement();
    if (this.word() === '<' && this.word(1) === '<') return this.skip(5) && this.statement();
    switch (this.word()) {
      case 'BEGIN':
        if (top === 'ROUTINE' || top === 'PACKAGE') this.open.pop();
        this.enter('BEGIN');
        return this.skip(this.word() === 'NOT' ? 2 : 0);
      case 'IF':
      case 'CASE':
        return this.enter(this.word()) && this.toAfter('THEN');
      case 'ELSEIF':
      case 'ELSIF':
        return top === 'IF' && this.skip(1) && this.toAfter('THEN');
      case 'WHEN':
        return (top === 'CASE' || top === 'BEGIN') && this.skip(1) && this.toAfter('THEN');
      case 'ELSE':
        return (top === 'IF' || top === 'CASE') && this.skip(1);
      case 'EXCEPTION':
        return top === 'BEGIN' && this.skip(1);
      case 'LOOP':
      case 'REPEAT':
        return this.enter(this.word());
      case 'WHILE':
      case 'FOR':
        return this.enter(this.word()) && this.toAfter('DO', 'LOOP');
      case 'UNTIL':
        return top === 'REPEAT' && this.skip(1) && this.toAfter('END') && this.skip(-1);
      case 'END':
        return this.end();
      case 'DECLARE':
        return this.word(2) === 'HANDLER' ? this.handler() : this.toAfter(';');
      case 'FUNCTION':
      case 'PROCEDURE':
        return this.open.includes('PACKAGE') ? this.routine() : false;
      case ';':
      case 'THEN':
        return false;
      default:
        return this.toAfter(';') || (this.open.length === 0 && this.skip(this.words.length));
    }
  }

  private skip(words: number): boolean {
    this.at += words;
    return true;
  }

  /** Past the first of these words that is in no brackets and in no CASE of an expression. A semicolon ends everything. */
  private toAfter(...wanted: string[]): boolean {
    const isStatement = wanted.includes(';');
    let [cases, brackets] = [0, 0];
    for (; this.at < this.words.length; this.at += 1) {
      const word = this.word();
      if (isStatement ? word === ';' : cases === 0 && brackets === 0 && wanted.includes(word)) return this.skip(1);
      if (word === ';' || (!isStatement && word === 'END' && cases === 0)) return false;
      if (word === '(') brackets += 1;
      if (word === ')') brackets -= 1;
      if (word === 'CASE') cases += 1;
      if (word === 'END') cases -= 1;
    }
    return false;
  }

  private end(): boolean {
    const what = this.open.pop() ?? '';
    this.at += 1;
    if (CLOSED_BY_NAME.has(what)) {
      const isOracles = this.word() === 'LOOP' && (what === 'WHILE' || what === 'FOR');
      if (this.word() !== what && !isOracles) return false;
      this.at += 1;
    } else if (CLOSED_BY_NAME.has(this.word()) || (what !== 'BEGIN' && what !== 'PACKAGE')) return false;
    // A label.
    if (this.word() !== ';' && this.at < this.words.length) this.at += 1;
    if (this.open.length === 0) return true;
    return this.word() === ';' && this.skip(1);
  }

  /** DECLARE ... HANDLER FOR conditions, up to its statement. */
  private handler(): boolean {
    if (this.word(3) !== 'FOR') return false;
    this.at += 4;
    for (let isMore = true; isMore;) {
      const next = CONDITION.exec(`${this.words.slice(this.at, this.at + 12).join(' ')} `)?.[0] ?? '';
      this.at += next.trim().split(' ').length;
      isMore = next.endsWith(', ');
    }
    return true;
  }

  private routine(): boolean {
    const from = this.at;
    if (this.toAfter('AS', 'IS')) {
      this.open.push('ROUTINE');
      return true;
    }
    this.at = from;
    return this.toAfter(';');
  }
}
