import { describe, expect, it } from '@jest/globals';
import { quarterDrillId, quarterOf } from './quarter.js';

const amsterdam = 'Europe/Amsterdam';

describe('the quarter of an instant', () => {
  it('is that of the calendar', () => {
    const quarters = ['01-15', '03-31', '04-01', '06-30', '07-01', '09-30', '10-01', '12-31'].map((day) =>
      quarterOf(new Date(`2025-${day}T12:00:00Z`), amsterdam).slice(5),
    );
    expect(quarters).toEqual(['Q1', 'Q1', 'Q2', 'Q2', 'Q3', 'Q3', 'Q4', 'Q4']);
  });

  it('turns at midnight where people are, in winter and in summer', () => {
    expect(quarterOf(new Date('2025-12-31T22:59:59.999Z'), amsterdam)).toBe('2025-Q4');
    expect(quarterOf(new Date('2025-12-31T23:00:00Z'), amsterdam)).toBe('2026-Q1');
    expect(quarterOf(new Date('2025-06-30T21:59:59Z'), amsterdam)).toBe('2025-Q2');
    expect(quarterOf(new Date('2025-06-30T22:00:00Z'), amsterdam)).toBe('2025-Q3');
    expect(quarterOf(new Date('2026-01-01T04:59:59Z'), 'America/New_York')).toBe('2025-Q4');
  });
});

describe('the id of a scheduled drill', () => {
  it('is the same wherever it is derived, and another for another quarter or project', () => {
    const id = quarterDrillId('havunadmin', '2025-Q4');
    expect(id).toBe('2feac3ab-4688-59f8-bf12-0d245645a448');
    expect(quarterDrillId('havunadmin', '2026-Q1')).not.toBe(id);
    expect(quarterDrillId('havuncore', '2025-Q4')).not.toBe(id);
  });
});
