import { describe, it } from '@jest/globals';
import { fold } from '../decider.js';
import { specificationFor } from '../testing/specification.js';
import { projectDecider } from './decider.js';
import { earlierNamesDecider, type EarlierNamesEvent } from './earlier-names.js';
import type { ReservationEvent } from './events.js';

const { given } = specificationFor(earlierNamesDecider);
const now = '2026-11-25T02:00:05.000Z';
const names = fold(
  projectDecider,
  ['2025-11-21-03-00-00-p', '2025-11-22-03-00-00-p', '2019-05-15-03-00-00-p'].map((name): ReservationEvent => ({
    type: 'BackupNameReserved',
    at: now,
    data: { name, backupId: name },
  })),
);
const sum = (lastEventId: string) => ({ type: 'SumEarlierNames', now, lastEventId, names }) as const;
const summed = (data: EarlierNamesEvent['data']): EarlierNamesEvent => ({ type: 'EarlierNamesSummed', at: now, data });
const backups = { oldest: '2019-05-15-03-00-00-p', newest: '2025-11-22-03-00-00-p' };

describe('the names of release 0.1', () => {
  it('are summed as the oldest and the newest by their time, whatever order they were reserved in', () => {
    given()
      .when(sum('event-3'))
      .then(summed({ lastEventId: 'event-3', backups }));
  });

  it('are summed again only where that release has reserved another one since', () => {
    const known = summed({ lastEventId: 'event-3', backups });
    given(known).when(sum('event-3')).thenNothing();
    given(known)
      .when(sum('event-4'))
      .then(summed({ lastEventId: 'event-4', backups }));
  });
});
