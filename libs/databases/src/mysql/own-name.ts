// A definition may name its own database: `INSERT INTO shop.audit`. Elsewhere such a name would lead back to where it came from.

export interface SqlStrings {
  backslashEscapes: boolean;
  /** Double quotes enclose names. */
  ansiQuotes: boolean;
}

export interface OwnName {
  /** UTF-8. */
  from: string;
  into: string;
  /** A table or view has the same name, so that `shop.id` may as well be a column of it. */
  isTableToo: boolean;
}

/** Blanks and comments, but not the ends of a comment that is code to some servers; then words; then signs. */
const PART = /(\/\*M?!\d*|\*\/|--(?!\S)[^\n]*|#[^\n]*|\/\*[^]*?(?:\*\/|$)|\s+)|[\w$\x80-\xff]+|[^]/y;

interface Token {
  text: string;
  /** Where it begins. */
  at: number;
  is: 'name' | 'sign' | 'string';
}

/** Words after which a qualified name is that of a thing in a database, and not of a column. */
const BEFORE_THING =
  /^(?:from|join|straight_join|into|update|table|call|trigger|procedure|function|event|view|references|truncate|describe|desc|explain|for|ignore|low_priority|using|package|body|exists|sequence)$/i;
const PLAIN = /^[A-Za-z_][\w$]*$/;

/**
 * The definition with every qualification by its own database changed to the new name, in the same quotes. Strings and comments
 * stay as they are. @param text one character per byte
 */
export function withOwnName(text: string, own: OwnName, strings: SqlStrings): string {
  const from = Buffer.from(own.from).toString('latin1');
  if (!text.includes(from) && !text.includes(from.replaceAll('`', '``'))) return text;
  const all = tokensOf(text, strings);
  const isOwn = (token: Token | undefined) => token?.is === 'name' && nameOf(token.text) === from;
  const isBare = (at: number) =>
    isOwn(all[at]) && ![all[at + 1]?.text, all[at - 1]?.text].some((sign) => sign === '.' || sign === '@');
  const isUnclear = own.isTableToo || all.some((_, at) => isBare(at));
  let [changed, end] = ['', 0];
  for (const [at, token] of all.entries()) {
    if (!isOwn(token) || all[at + 1]?.text !== '.' || all[at - 1]?.text === '.') continue;
    if (isUnclear && !isThing(all, at)) continue;
    changed += text.slice(end, token.at) + inQuotesOf(token.text, own.into);
    end = token.at + token.text.length;
  }
  return changed + text.slice(end);
}

/** The databases that a definition of SHOW CREATE names: it names no table by that of another thing. */
export function databasesIn(text: string, strings: SqlStrings): string[] {
  const all = tokensOf(text, strings);
  const name = (at: number) => nameOf(all[at]?.text ?? '');
  const bare = all.flatMap(({ is }, at) =>
    is === 'name' && all[at + 1]?.text !== '.' && all[at - 1]?.text !== '.' ? [name(at)] : [],
  );
  const found = all.flatMap(({ is }, at) => {
    const isQualifier = is === 'name' && all[at + 1]?.text === '.' && all[at - 1]?.text !== '.';
    return isQualifier && isThing(all, at) && !bare.includes(name(at)) ? [name(at)] : [];
  });
  return [...new Set(found)].map((bytes) => Buffer.from(bytes, 'latin1').toString('utf8'));
}

/** `shop.t.c`, `shop.f(`, and what follows a word such as FROM, also as one of a list. */
function isThing(all: readonly Token[], at: number): boolean {
  if (all[at + 3]?.text === '.' || all[at + 3]?.text === '(') return true;
  let before = at - 1;
  while (all[before]?.text === '(') before -= 1;
  const word = all[before];
  if (word?.is === 'name' && BEFORE_THING.test(word.text)) return true;
  if (word?.is === 'name' && /^on$/i.test(word.text)) return isTriggerOn(all, before);
  return false;
}

/** `BEFORE INSERT ON shop.t`, unlike `JOIN t ON shop.id`. */
const isTriggerOn = (all: readonly Token[], on: number): boolean =>
  /^(?:insert|update|delete)$/i.test(all[on - 1]?.text ?? '') && /^(?:before|after|or)$/i.test(all[on - 2]?.text ?? '');

function tokensOf(text: string, { backslashEscapes, ansiQuotes }: SqlStrings): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at, { backslashEscapes, ansiQuotes });
    if (token.is !== undefined) found.push({ text: token.text, at, is: token.is });
    at += token.text.length;
  }
  return found;
}

function tokenAt(text: string, at: number, strings: SqlStrings): { text: string; is?: Token['is'] } {
  const byte = text.charAt(at);
  if (byte === "'" || byte === '"' || byte === '`') {
    const isName = byte === '`' || (byte === '"' && strings.ansiQuotes);
    const end = endOfQuoted(text, at, byte, !isName && strings.backslashEscapes);
    return { text: text.slice(at, end), is: isName ? 'name' : 'string' };
  }
  PART.lastIndex = at;
  const [all = byte, aside] = PART.exec(text) ?? [];
  if (aside !== undefined) return { text: aside };
  return { text: all, is: /^[\w$\x80-\xff]/.test(all) ? 'name' : 'sign' };
}

function endOfQuoted(text: string, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (escapes && text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === quote) {
      if (text.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

function nameOf(token: string): string {
  const quote = token.charAt(0);
  return quote === '`' || quote === '"' ? token.slice(1, -1).replaceAll(quote + quote, quote) : token;
}

function inQuotesOf(token: string, name: string): string {
  const bytes = Buffer.from(name).toString('latin1');
  const quote = token.charAt(0);
  if (quote !== '`' && quote !== '"') {
    if (PLAIN.test(name)) return bytes;
    return `\`${bytes.replaceAll('`', '``')}\``;
  }
  return quote + bytes.replaceAll(quote, quote + quote) + quote;
}
