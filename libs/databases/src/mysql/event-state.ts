// Events fire in whatever database they lie. So those of an incoming or a kept database sleep, and wake up with the swap.

/** `asleep`: fires nowhere, and remembers that it was enabled. `awake`: as it was before. `same`: as it is written. */
export type EventState = 'asleep' | 'awake' | 'same';

/** As SHOW CREATE EVENT writes it, and the dump clients with it. */
const STATE =
  /(\bEVENT (?:`(?:[^`]|``)*`|"(?:[^"]|"")*"|\S+) ON SCHEDULE [^]*? ON COMPLETION (?:NOT )?PRESERVE )(ENABLE|DISABLE ON (?:SLAVE|REPLICA)|DISABLE)\b/;
/** «On a replica» serves as the mark: such an event is disabled, and one that truly was so sleeps as plainly disabled. */
const CHANGES = {
  asleep: { ENABLE: 'DISABLE ON SLAVE', 'DISABLE ON SLAVE': 'DISABLE', 'DISABLE ON REPLICA': 'DISABLE' },
  awake: { 'DISABLE ON SLAVE': 'ENABLE', 'DISABLE ON REPLICA': 'ENABLE' },
  same: {},
} as const satisfies Record<EventState, Record<string, string>>;

/**
 * A CREATE EVENT statement as a dump has it, in another state. One that sleeps is made under an early clock: the server
 * makes none whose only time has passed. @returns undefined where the statement does not tell its state.
 */
export function withEventState(text: string, state: EventState, delimiter: string): string | undefined {
  if (!STATE.test(text)) return undefined;
  const changes: Record<string, string> = CHANGES[state];
  const changed = text.replace(STATE, (_, before: string, now: string) => before + (changes[now] ?? now));
  if (state !== 'asleep') return changed;
  return `${changed.replace(/^(?=(?:\/\*M?!\d+ )?CREATE\b)/m, `SET TIMESTAMP=1 ${delimiter}\n`)}\nSET TIMESTAMP=DEFAULT ${delimiter}`;
}
