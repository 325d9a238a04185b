import { describe, it } from '@jest/globals';
import { specificationFor } from '../testing/specification.js';
import { namePeriodsDecider, type NamePeriodsEvent } from './name-periods.js';

const { given } = specificationFor(namePeriodsDecider);
const now = '2025-11-21T02:00:05.000Z';
const list = (period: string) => ({ type: 'ListPeriod', now, period }) as const;
const listed = (...periods: string[]): NamePeriodsEvent => ({ type: 'NamePeriodsListed', at: now, data: { periods } });

describe('the periods that have names', () => {
  it('are all told by the last event, the oldest first, also when an older one comes later', () => {
    given().when(list('2025-11')).then(listed('2025-11'));
    given(listed('2025-11'), listed('2025-11', '2025-12'))
      .when(list('2019-05'))
      .then(listed('2019-05', '2025-11', '2025-12'));
    given(listed('2025-11', '2025-12'))
      .when(list('2026-01'))
      .then(listed('2025-11', '2025-12', '2026-01'));
  });

  it('are listed once', () => {
    given(listed('2025-10', '2025-11')).when(list('2025-10')).thenNothing();
  });
});
