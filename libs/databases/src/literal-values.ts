/** What may stand in rows besides numbers and strings, in capitals: `NULL`, what begins a string (`X'`), a function (`CHAR(`). */
export type ValueWords = readonly string[];

// States of the machine that reads rows byte by byte. Those of words follow after them.
const enum State {
  Refused,
  /** A row has to begin, or has ended. */
  Row,
  RowEnd,
  /** The first value after a bracket, or its end; any other value; its end. */
  First,
  Value,
  ValueEnd,
  String,
  /** After a quote: the string's end, or a doubled quote. */
  Quote,
  Escaped,
  Sign,
  Zero,
  Digits,
  Dot,
  Fraction,
  Exponent,
  ExponentSign,
  ExponentDigits,
  Hex,
  Words,
}
const REFUSED: number = State.Refused;
/** Beside the next state: what a bracket does. */
const [OPENS, CLOSES] = [0x40, 0x80];
const STATES = 0x40;

const [QUOTE, BACKSLASH] = [0x27, 0x5c];
const DIGITS = '0123456789';

/**
 * Reads the rows of INSERTs, and says whether they are nothing but `(value,...),(...);` with literals for values: no name, no
 * expression, no comment, no clause after them.
 */
export class LiteralValues {
  private readonly plain: Uint8Array;
  private readonly escaping: Uint8Array;
  private state: number = State.Row;
  private depth = 0;

  constructor(words: ValueWords) {
    this.plain = transitions(words);
    this.escaping = Uint8Array.from(this.plain);
    this.escaping[State.String * 256 + BACKSLASH] = State.Escaped;
  }

  /** The next bytes of rows, up to the semicolon that ends them. */
  read(bytes: Buffer, backslashEscapes: boolean): boolean {
    const table = backslashEscapes ? this.escaping : this.plain;
    let { state } = this;
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      const next = table[(state << 8) | (bytes[at] ?? 0)] ?? REFUSED;
      at += 1;
      state = next < STATES ? next : this.bracket(next);
      if (state === REFUSED) return false;
    }
    this.state = state;
    return true;
  }

  private bracket(next: number): number {
    this.depth += next & OPENS ? 1 : -1;
    return next & CLOSES && this.depth === 0 ? State.RowEnd : next & (STATES - 1);
  }
}

/** For each state and byte what follows. */
function transitions(words: ValueWords): Uint8Array {
  const table = new Uint8Array(STATES * 256);
  const on = (state: number, characters: string, next: number) => {
    for (const character of characters) table[state * 256 + character.charCodeAt(0)] = next;
  };
  const ends = (state: number) => {
    on(state, ' \t\r\n', State.ValueEnd);
    on(state, ',', State.Value);
    on(state, ')', State.ValueEnd | CLOSES);
  };
  on(State.Row, ' \t\r\n', State.Row);
  on(State.Row, '(', State.First | OPENS);
  on(State.RowEnd, ' \t\r\n', State.RowEnd);
  on(State.RowEnd, ',;', State.Row);
  for (const state of [State.First, State.Value]) {
    on(state, ' \t\r\n', state);
    on(state, "'", State.String);
    on(state, '+-', State.Sign);
  }
  on(State.First, ')', State.ValueEnd | CLOSES);
  for (const state of [State.First, State.Value, State.Sign]) {
    on(state, DIGITS, State.Digits);
    on(state, '0', State.Zero);
    on(state, '.', State.Dot);
  }
  table.fill(State.String, State.String * 256, (State.String + 1) * 256);
  table.fill(State.String, State.Escaped * 256, (State.Escaped + 1) * 256);
  on(State.String, "'", State.Quote);
  on(State.Quote, "'", State.String);
  on(State.Zero, 'xX', State.Hex);
  for (const state of [State.Zero, State.Digits]) {
    on(state, DIGITS, State.Digits);
    on(state, '.', State.Fraction);
  }
  for (const state of [State.Dot, State.Fraction]) on(state, DIGITS, State.Fraction);
  for (const state of [State.Zero, State.Digits, State.Fraction]) on(state, 'eE', State.Exponent);
  on(State.Exponent, '+-', State.ExponentSign);
  for (const state of [State.Exponent, State.ExponentSign, State.ExponentDigits])
    on(state, DIGITS, State.ExponentDigits);
  on(State.Hex, `${DIGITS}abcdefABCDEF`, State.Hex);
  for (const state of [State.Quote, State.Zero, State.Digits, State.Fraction, State.ExponentDigits, State.Hex])
    ends(state);
  ends(State.ValueEnd);
  addWords(table, words, ends);
  return table;
}

function addWords(table: Uint8Array, words: ValueWords, ends: (state: number) => void): void {
  const known = new Map<string, number>();
  for (const word of words) {
    let from: number[] = [State.First, State.Value];
    for (let length = 1; length <= word.length; length += 1) {
      const next = known.get(word.slice(0, length)) ?? stateAfter(word, length, State.Words + known.size);
      if (State.Words + known.size >= STATES) throw new Error('the words have more letters than there are states');
      if (next >= (State.Words as number) && next < STATES) known.set(word.slice(0, length), next);
      for (const state of from)
        for (const character of [word.charAt(length - 1), word.charAt(length - 1).toLowerCase()])
          table[state * 256 + character.charCodeAt(0)] = next;
      from = [next];
    }
    if (!/['(]$/.test(word)) ends(known.get(word) ?? State.Refused);
  }
}

function stateAfter(word: string, length: number, free: number): number {
  if (word.charCodeAt(length - 1) === QUOTE) return State.String;
  return word.charAt(length - 1) === '(' ? State.First | OPENS : free;
}
