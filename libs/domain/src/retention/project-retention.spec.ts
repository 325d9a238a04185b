import { describe, expect, it } from '@jest/globals';
import { specificationFor } from '../testing/specification.js';
import { projectRetentionDecider, samePolicy, type ProjectRetentionCommand } from './project-retention.js';
import type { ProjectRetentionEvent } from './events.js';
import { deleting } from './testing/kept.js';

const { given } = specificationFor(projectRetentionDecider);
const [project, now] = ['havunadmin', '2026-06-15T05:00:00.000Z'];
const [policy, shorter] = [deleting({ archiveYears: 7 }), deleting({ archiveYears: 1 })];
const acceptance = { project, policy, by: 'henk' };
const accepted: ProjectRetentionEvent = { type: 'RetentionAccepted', at: now, data: acceptance };
const why = { code: 'POLICY_DELETES_MORE', message: 'more', remedy: 'Accept it.' };
const question = { project, policy: shorter, wouldDelete: 3, of: 9, ...why };
const questioned: ProjectRetentionEvent = { type: 'RetentionQuestioned', at: now, data: question };
const accept = (changes: object = {}): ProjectRetentionCommand => ({
  type: 'AcceptRetention',
  now,
  ...acceptance,
  ...changes,
});
const ask = (changes: object = {}): ProjectRetentionCommand => ({
  type: 'QuestionRetention',
  now,
  ...question,
  ...changes,
});
const hold = { project, holdId: '7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11', by: 'henk', reason: 'Audit' };
const placed: ProjectRetentionEvent = { type: 'ProjectHoldPlaced', at: now, data: hold };

describe('the retention of a project', () => {
  it('accepts a policy once, and again where a question waits or a batch is allowed', () => {
    given().when(accept()).then(accepted);
    given(accepted).when(accept()).thenNothing();
    given(accepted, questioned).when(accept()).then(accepted);
    given(accepted)
      .when(accept({ batch: 9 }))
      .then({ ...accepted, data: { ...acceptance, batch: 9 } });
  });

  it('asks once about the same policy and number', () => {
    given(accepted).when(ask()).then(questioned);
    given(accepted, questioned).when(ask()).thenNothing();
    given(accepted, questioned)
      .when(ask({ wouldDelete: 4 }))
      .then({ ...questioned, data: { ...question, wouldDelete: 4 } });
    given(accepted, questioned, accepted).when(ask()).then(questioned);
  });

  it('is held, and released by somebody else where that is wanted', () => {
    const release = (by: string): ProjectRetentionCommand => ({
      ...hold,
      type: 'ReleaseProjectHold',
      now,
      by,
      secondPerson: true,
    });
    given()
      .when({ type: 'PlaceProjectHold', now, ...hold })
      .then(placed);
    given(placed)
      .when({ type: 'PlaceProjectHold', now, ...hold })
      .thenNothing();
    given(placed).when(release('henk')).thenRefused('SECOND_PERSON_NEEDED');
    given(placed)
      .when(release('marie'))
      .then({ type: 'ProjectHoldReleased', at: now, data: { ...hold, by: 'marie' } });
    given().when(release('marie')).thenRefused('NO_SUCH_HOLD');
  });

  it('knows the same policy by its settings, in whatever order', () => {
    expect(samePolicy({ ...policy, keep: { last: 1, daily: 2 } }, { keep: { daily: 2, last: 1 }, ...policy })).toBe(
      true,
    );
    expect(samePolicy(policy, shorter)).toBe(false);
  });
});
