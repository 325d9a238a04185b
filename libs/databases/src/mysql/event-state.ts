// Events fire in any database. So the events of an incoming or a kept database sleep, and the swap wakes them.

/** `asleep`: does not fire, and remembers that it was enabled. `awake`: as it was before. `same`: as written. */
export type EventState = 'asleep' | 'awake' | 'same';

/** As written by SHOW CREATE EVENT, and so by the dump clients. */
const STATE =
  /(\bEVENT (?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|\S+) ON SCHEDULE [^]*? ON COMPLETION (?:NOT )?PRESERVE )(ENABLE|DISABLE ON (?:SLAVE|REPLICA)|DISABLE)\b/;
/** «On a replica» is the mark: such an event does not fire. One that really had this state sleeps as simply disabled. */
const CHANGES = {
  asleep: { ENABLE: 'DISABLE ON SLAVE', 'DISABLE ON SLAVE': 'DISABLE', 'DISABLE ON REPLICA': 'DISABLE' },
  awake: { 'DISABLE ON SLAVE': 'ENABLE', 'DISABLE ON REPLICA': 'ENABLE' },
  same: {},
} as const satisfies Record<EventState, Record<string, string>>;

/**
 * A CREATE EVENT statement of a dump, in another state. A sleeping one is created under an early clock, because the server creates
 * no event whose only time has passed. @returns undefined where the statement does not say its state.
 */
export function withEventState(text: string, state: EventState, delimiter: string): string | undefined {
  if (!STATE.test(text)) return undefined;
  const changes: Record<string, string> = CHANGES[state];
  const changed = text.replace(STATE, (_, before: string, now: string) => before + (changes[now] ?? now));
  if (state !== 'asleep') return changed;
  return `${changed.replace(/^(?=(?:\/\*M?!\d+ )?CREATE\b)/m, `SET TIMESTAMP=1 ${delimiter}\n`)}\nSET TIMESTAMP=DEFAULT ${delimiter}`;
}
