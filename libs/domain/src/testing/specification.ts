import { expect } from '@jest/globals';
import { fold, type Decider } from '../decider.js';
import type { DomainEvent } from '../event.js';

/** The form of every decider's test: `given` these events, `when` this command comes, `then` this is decided. */
export function specificationFor<Command, Event extends DomainEvent, State>(decider: Decider<Command, Event, State>) {
  return {
    given: (...history: Event[]) => ({
      when: (command: Command) => {
        const state = fold(decider, history);
        const decision = decider.decide(command, state);
        return {
          then: (expected: Event) => {
            expect(decision).toEqual({ kind: 'event', event: expected });
          },
          thenNothing: () => {
            expect(decision.kind).toBe('nothing');
          },
          thenRefused: (code: string) => {
            expect(decision).toMatchObject({ kind: 'refused', refusal: { code } });
          },
        };
      },
    }),
  };
}
