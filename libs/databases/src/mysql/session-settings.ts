// The SET statements that dump clients write: they save a setting in a session variable, change it, and restore it.

export interface Assignment {
  /** A session variable, `@name`, or the name of a setting; lower case. */
  target: string;
  /** As written: a variable, `@@setting`, a word, a number or a quoted text. */
  value: string;
}

const PART =
  /^\s*(?:(?:@@)?(?:session(?:\.|\s+)|local(?:\.|\s+))?(\w+)|(@\w+))\s*:?=\s*(@@(?:session\.)?\w+|@\w+|'[^'\\]*'|"[^"\\]*"|[-+]?[\w.]+)\s*(?:,|$)/i;
const NAMES = /^set\s+names\s+('?)(\w+)\1(?:\s+collate\s+\w+)?$/i;

/** @returns undefined where a SET statement has anything but such assignments. */
export function assignments(head: string): Assignment[] | undefined {
  const names = NAMES.exec(head.trim())?.[2];
  if (names !== undefined) return [{ target: 'names', value: names }];
  let rest = /^set\s+([^]*)$/i.exec(head.trim())?.[1];
  const found: Assignment[] = [];
  while (rest !== undefined && rest !== '') {
    const part = PART.exec(rest);
    if (!part) return undefined;
    found.push({ target: (part[1] ?? part[2] ?? '').toLowerCase(), value: part[3] ?? '' });
    rest = rest.slice(part[0].length);
  }
  return found.length > 0 ? found : undefined;
}

const SETTINGS = new Set([
  'time_zone',
  'unique_checks',
  'foreign_key_checks',
  'sql_mode',
  'sql_notes',
  'note_verbosity',
  'autocommit',
]);
const CHARSETS = new Set([
  'names',
  'character_set_client',
  'character_set_results',
  'character_set_connection',
  'collation_connection',
]);
/** In others a backslash or a quote may be the second byte of a character, so that strings end elsewhere; numbers are names too. */
const SAFE_CHARSET = /^(['"]?)(?!big5|cp932|gb18030|gb2312|gbk|sjis|ucs2|utf16|utf16le|utf32)[a-z]\w*\1$/i;
const MODES = /^(['"]?)[a-z_,]*\1$/i;

/** Which SET statements touch nothing but the session, and leave no doubt where strings end. */
export class SessionSettings {
  /** The settings that lie in variables. */
  private readonly aside = new Map<string, string>();

  /** @returns `false` for any other statement. */
  allow(head: string): boolean {
    const all = assignments(head) ?? [];
    return all.length > 0 && all.every((one, at) => !reads(one, all.slice(0, at)) && this.allowOne(one));
  }

  private allowOne({ target, value }: Assignment): boolean {
    if (target.startsWith('@')) {
      const setting = settingIn(value);
      this.aside.set(target, setting ?? '');
      return setting !== undefined && (SETTINGS.has(setting) || CHARSETS.has(setting));
    }
    // As it was before: what another setting has left there may be the number of something.
    if (value.startsWith('@')) return this.aside.get(value.toLowerCase()) === target;
    if (CHARSETS.has(target)) return SAFE_CHARSET.test(value);
    return target === 'sql_mode' ? MODES.test(value) : SETTINGS.has(target);
  }
}

const settingIn = (value: string): string | undefined => /^@@(?:session\.)?(\w+)$/i.exec(value)?.[1]?.toLowerCase();

/** Servers do not agree whether a value is read before what stands before it is done. */
const reads = ({ value }: Assignment, before: readonly Assignment[]): boolean =>
  before.some(({ target }) => target === value.toLowerCase() || target === settingIn(value));

/** The SQL mode that strings are read under, and those that were put aside. */
export class SqlMode {
  private mode = '';
  private readonly aside = new Map<string, string>();

  follow(head: string): void {
    for (const { target, value } of assignments(head) ?? []) {
      if (target === 'sql_mode')
        this.mode = value.startsWith('@') ? (this.aside.get(value.toLowerCase()) ?? '') : value;
      else if (/^@@(?:session\.)?sql_mode$/i.test(value)) this.aside.set(target, this.mode);
    }
  }

  get backslashEscapes(): boolean {
    return !/NO_BACKSLASH_ESCAPES/i.test(this.mode);
  }

  get ansiQuotes(): boolean {
    return /\b(?:ANSI|ANSI_QUOTES|DB2|MAXDB|MSSQL|ORACLE|POSTGRESQL)\b/i.test(this.mode);
  }
}
