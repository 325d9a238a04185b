import { describe, expect, it } from '@jest/globals';
import { instantFromColumn, instantToColumn } from './instants.js';

describe('instants in columns', () => {
  it('are UTC text to the millisecond, whatever form the instant came in', () => {
    expect(instantToColumn('2025-11-21T02:00:00.123Z')).toBe('2025-11-21 02:00:00.123');
    expect(instantToColumn('2025-11-21T02:00:00Z')).toBe('2025-11-21 02:00:00.000');
    expect(instantToColumn('2025-11-21T03:00:00+01:00')).toBe('2025-11-21 02:00:00.000');
  });

  it('come back as ISO 8601', () => {
    expect(instantFromColumn('2025-11-21 02:00:00.123')).toBe('2025-11-21T02:00:00.123Z');
  });
});
