import type { Command } from '../command.js';
import { dataOf, eventFrom } from '../command.js';
import { decided, nothingToDo, refused, type Decider } from '../decider.js';
import type { ProjectRetentionEvent, RetentionEventData } from './events.js';
import type { Hold } from './hold.js';
import { placeHold, refuseRelease, releaseHold } from './holding.js';
import type { RetentionPolicy } from './policy.js';

export type AcceptRetention = Command<'AcceptRetention', RetentionEventData<'RetentionAccepted'>>;
/** Said once for the same policy, code and number. */
export type QuestionRetention = Command<'QuestionRetention', RetentionEventData<'RetentionQuestioned'>>;
export type PlaceProjectHold = Command<'PlaceProjectHold', RetentionEventData<'ProjectHoldPlaced'>>;
export type ReleaseProjectHold = Command<
  'ReleaseProjectHold',
  RetentionEventData<'ProjectHoldReleased'> & { secondPerson: boolean }
>;
export type ProjectRetentionCommand = AcceptRetention | QuestionRetention | PlaceProjectHold | ReleaseProjectHold;

export interface ProjectRetention {
  /** The policy that acts; undefined until one was accepted: then nothing is moved or deleted. */
  readonly accepted?: RetentionEventData<'RetentionAccepted'> & { readonly at: string };
  /** What waits for a person. */
  readonly question?: RetentionEventData<'RetentionQuestioned'> & { readonly at: string };
  readonly holds: readonly Hold[];
}

export const projectRetentionDecider: Decider<ProjectRetentionCommand, ProjectRetentionEvent, ProjectRetention> = {
  initialState: { holds: [] },

  decide(command, state) {
    switch (command.type) {
      case 'AcceptRetention': {
        const isSame = state.accepted && samePolicy(state.accepted.policy, command.policy);
        if (isSame && !state.question && command.batch === undefined) return nothingToDo('this policy is accepted');
        return decided(eventFrom('RetentionAccepted', command));
      }
      case 'QuestionRetention': {
        const { question } = state;
        const isSame =
          question?.code === command.code &&
          question.wouldDelete === command.wouldDelete &&
          samePolicy(question.policy, command.policy);
        return isSame ? nothingToDo('it is asked already') : decided(eventFrom('RetentionQuestioned', command));
      }
      case 'PlaceProjectHold':
        if (state.holds.some(({ id }) => id === command.holdId)) return nothingToDo('this hold is on record');
        return decided(eventFrom('ProjectHoldPlaced', command));
      case 'ReleaseProjectHold': {
        const refusal = refuseRelease(command, state.holds, `the project ${command.project}`);
        if (refusal) return refused(refusal);
        const { secondPerson: _secondPerson, ...data } = dataOf(command);
        return decided({ type: 'ProjectHoldReleased', at: command.now, data });
      }
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'RetentionAccepted': {
        const { question: _question, ...rest } = state;
        return { ...rest, accepted: { ...event.data, at: event.at } };
      }
      case 'RetentionQuestioned':
        return { ...state, question: { ...event.data, at: event.at } };
      case 'ProjectHoldPlaced':
        return { ...state, holds: placeHold(state.holds, event) };
      case 'ProjectHoldReleased':
        return { ...state, holds: releaseHold(state.holds, event) };
    }
  },
};

/** Whether two policies say the same, in whatever order their keys are. */
export const samePolicy = (one: RetentionPolicy, other: RetentionPolicy): boolean => sorted(one) === sorted(other);

const sorted = (policy: RetentionPolicy): string =>
  JSON.stringify(policy, (_key, value: unknown) =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
