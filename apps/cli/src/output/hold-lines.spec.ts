import { describe, expect, it } from '@jest/globals';
import { renderDeletions, renderHolds } from './hold-lines.js';

const layout = { timezone: 'Europe/Amsterdam', width: 60 };

describe('holds and proposed deletions, in a terminal of 60 columns', () => {
  it('say who keeps what, since when, until when and why', () => {
    const hold = { id: '7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11', by: 'henk@web1', placedAt: '2025-11-21T02:00:00.000Z' };
    const text = renderHolds(
      [
        { ...hold, kind: 'project', name: 'havunadmin', project: 'havunadmin', reason: 'Lawsuit', isReviewDue: false },
        {
          ...hold,
          kind: 'backup',
          name: '2025-11-21-03-00-00-havuncore',
          project: 'havuncore',
          reason: 'Audit of 2025',
          until: '2026-12-31T23:00:00.000Z',
          review: '2025-06-30T12:00:00.000Z',
          isReviewDue: true,
        },
      ],
      '2025-12-01T00:00:00.000Z',
      layout,
    );
    expect(text).toBe(
      `
All of havunadmin
    by henk@web1 since 2025-11-21 03:00:00: Lawsuit
    hold 7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11
2025-11-21-03-00-00-havuncore
    by henk@web1 since 2025-11-21 03:00:00, until 2027-01-01
    00:00:00, was to be looked at on 2025-06-30: Audit of
    2025
    hold 7d5b1ad1-55f5-4b1e-9a58-0e2b5d1a9c11`.trim(),
    );
  });

  it('say what is deleted when, why, and how it is kept', () => {
    const deletion = { rule: 'archive-years', reason: 'It is of 2018, and kept 7 years.', project: 'havuncore' };
    const text = renderDeletions(
      [
        {
          ...deletion,
          name: '2018-01-01-03-00-00-havuncore',
          proposedAt: '2025-11-01T06:00:00.000Z',
          notBefore: '2025-11-15T06:00:00.000Z',
          isDue: true,
        },
        {
          ...deletion,
          name: '2018-01-08-03-00-00-havuncore',
          proposedAt: '2025-11-20T06:00:00.000Z',
          notBefore: '2025-12-04T06:00:00.000Z',
          isDue: false,
        },
      ],
      layout,
    );
    expect(text).toBe(
      `
2018-01-01-03-00-00-havuncore: deleted by the next clean-up
    It is of 2018, and kept 7 years.
    Keep it with: havun deletion:cancel
    2018-01-01-03-00-00-havuncore --reason="..."
2018-01-08-03-00-00-havuncore: not deleted before 2025-12-04 07:00:00
    It is of 2018, and kept 7 years.
    Keep it with: havun deletion:cancel
    2018-01-08-03-00-00-havuncore --reason="..."`.trim(),
    );
  });
});
