// Comments of MySQL that are code to some servers only: a dump must say the same to each of them.

/** Every server that is supported reads these. */
const READ_BY_ALL = 50_600;
const OPENER = /^\/\*(M?)!(\d{5,6}|(?!\d))/;
/** By this, dumps of MariaDB begin: an option for its clients, and a comment to all servers. */
const SANDBOX = /^\/\*M?!999999\\-/;
/** What such comments hold in the midst of a table's definition: words and strings, and nothing that could end anything. */
const ATTRIBUTES = /^(?:[\w\s=]|'[^'\\]*')*$/;
const TABLE = /^create\s+(?:or\s+replace\s+)?table\b[^]*\(/i;
/** These decide how all that follows is read. */
const READING = /sql_mode|names|character_set|collation/i;

/** The conditional comments of one statement. Places are those in its text, from which the comments' own signs are left out. */
export class ConditionalComments {
  /** Some server reads on behind the sign that opened the last one. */
  isOpen = false;
  private openedAt: number | undefined;
  private spans: [from: number, to: number][] = [];
  /** There was one, whoever reads it. */
  isAny = false;
  private isOdd = false;

  /** @returns the length of the sign that opens one; 0 where a plain comment begins. */
  open(opener: string, place: number): number {
    if (!/^\/\*M?!/.test(opener) || SANDBOX.test(opener)) return 0;
    const sign = OPENER.exec(opener);
    this.isOdd ||= sign === null || this.openedAt !== undefined;
    this.isAny = this.isOpen = true;
    const isRead = sign?.[1] === '' && Number(sign[2]) <= READ_BY_ALL;
    if (!isRead) this.openedAt = place;
    return (sign ?? /^\/\*M?!/.exec(opener))?.[0].length ?? 0;
  }

  /** No server skips what is read now, and looks in strings for the end of the comment. */
  get isSure(): boolean {
    return this.openedAt === undefined;
  }

  close(place: number): void {
    if (this.openedAt !== undefined) this.spans.push([this.openedAt, place]);
    this.openedAt = undefined;
    this.isOpen = false;
  }

  /** Whether all servers make the same of the statement, but for attributes that some do not know. */
  isClear(text: string): boolean {
    if (this.isOdd || this.openedAt !== undefined) return false;
    if (this.spans.length === 0) return true;
    let bare = '';
    let end = 0;
    for (const [from, to] of this.spans) {
      bare += text.slice(end, from);
      end = to;
    }
    bare += text.slice(end);
    if (bare.trim() === '') return this.spans.length === 1 && !READING.test(text);
    return (
      TABLE.test(text.slice(0, this.spans[0]?.[0])) &&
      this.spans.every(([from, to]) => ATTRIBUTES.test(text.slice(from, to)))
    );
  }

  /** The next statement begins; one that is still open reaches into it. */
  forget(): void {
    this.isOdd = this.openedAt !== undefined;
    this.isAny = this.isOpen;
    this.spans = [];
  }
}
