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
  'names',
  'character_set_client',
  'character_set_results',
  'character_set_connection',
  'collation_connection',
  'time_zone',
  'unique_checks',
  'foreign_key_checks',
  'sql_mode',
  'sql_notes',
  'note_verbosity',
  'autocommit',
]);
const CHARSETS = new Set(['names', 'character_set_client', 'character_set_connection']);
/** In these, a backslash or a quote may be the second byte of a character, so strings would end elsewhere. */
const UNSAFE_CHARSET = /^['"]?(?:big5|cp932|gb18030|gb2312|gbk|sjis|ucs2|utf16|utf16le|utf32)/i;

/** Whether a SET statement changes only the session, and leaves no doubt where strings end. */
export function isSessionSetting(head: string): boolean {
  const all = assignments(head);
  return (
    all?.every(({ target, value }) => {
      // Only a value that was saved from a setting may come back out of a variable.
      if (target.startsWith('@')) return value.startsWith('@@');
      return SETTINGS.has(target) && !value.startsWith('@@') && !(CHARSETS.has(target) && UNSAFE_CHARSET.test(value));
    }) === true
  );
}

/** The SQL mode that strings are read under, and the saved ones. */
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
