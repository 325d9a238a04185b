import { describe, expect, it } from '@jest/globals';
import { aDrillEvent } from '@havun/domain/testing';
import { describeDrillEvent } from './drill-lines.js';

describe('the lines of a test', () => {
  it('tell what passed, and what failed with the reason and the remedy', () => {
    const passed = aDrillEvent('DrillPassed');
    expect(describeDrillEvent(passed)).toEqual({ mark: 'ok', text: `Passed with ${passed.data.backup?.name ?? ''}` });
    const failed = aDrillEvent('DrillFailed');
    expect(describeDrillEvent(failed)).toEqual({
      mark: 'failed',
      text: `Failed: ${failed.data.message}`,
      remedy: failed.data.remedy,
    });
  });

  it('tell of another attempt', () => {
    expect(describeDrillEvent(aDrillEvent('DrillStarted', { attempt: 2 })).text).toBe('Started again (attempt 2)');
  });
});
