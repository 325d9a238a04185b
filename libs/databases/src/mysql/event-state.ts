// Events fire in any database. So the events of an incoming or a kept database sleep, and the swap wakes them.

/** `asleep`: does not fire, and remembers that it was enabled. `awake`: as it was before. `same`: as written. */
export type EventState = 'asleep' | 'awake' | 'same';

/** Seconds of 1970 at which a sleeping event is made. */
export const MADE_AT = { asleep: 1, onReplica: 2 } as const;

const NAME = '(?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|[\\w$\\x80-\\xff]+)';
const TEXT = "'[^'\\\\]*'";
const BLANKS_AND_COMMENTS = String.raw`(?:\s|--(?!\S)[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!M?!)(?:[^*]|\*(?!\/))*\*\/)*`;
/** Of a conditional comment that every server reads. */
const OPENED = String.raw`(?:\/\*!50[0-5]\d\d )?`;
const CLOSED = String.raw`(?: ?\*\/)?\s+`;
/** As SHOW CREATE EVENT writes it, and the dump clients with it, up to its state. */
const STATE = new RegExp(
  `^(${BLANKS_AND_COMMENTS})(${OPENED}CREATE${CLOSED}${OPENED}(?:DEFINER ?= ?${NAME}(?:@${NAME})?${CLOSED}${OPENED})?` +
    `EVENT ${NAME} ON SCHEDULE (?:EVERY (?:-?\\d+|${TEXT}) \\w+(?: STARTS ${TEXT})?(?: ENDS ${TEXT})?|AT ${TEXT}) ` +
    'ON COMPLETION (?:NOT )?PRESERVE )(ENABLE|DISABLE ON (?:SLAVE|REPLICA)|DISABLE)(?= (?:COMMENT|DO)\\b)',
);
/**
 * «On a replica» is the mark: such an event does not fire. One that really had this state keeps it, and is told apart by the clock
 * that it was made under.
 */
const CHANGES = {
  asleep: { ENABLE: 'DISABLE ON SLAVE' },
  awake: { 'DISABLE ON SLAVE': 'ENABLE', 'DISABLE ON REPLICA': 'ENABLE' },
  same: {},
} as const satisfies Record<EventState, Record<string, string>>;

/**
 * A CREATE EVENT statement as a dump has it, in another state. One that sleeps is made under an early clock: the server
 * makes none whose only time has passed. @returns undefined where it is not written as dumps write it.
 */
export function withEventState(text: string, state: EventState, delimiter: string): string | undefined {
  const found = STATE.exec(text);
  if (!found) return undefined;
  const [all, before = '', definition = '', now = ''] = found;
  const changes: Record<string, string> = CHANGES[state];
  const changed = definition + (changes[now] ?? now) + text.slice(all.length);
  if (state !== 'asleep') return before + changed;
  const madeAt = now.startsWith('DISABLE ON') ? MADE_AT.onReplica : MADE_AT.asleep;
  return `${before}SET TIMESTAMP=${madeAt} ${delimiter}\n${changed}\nSET TIMESTAMP=DEFAULT ${delimiter}`;
}
