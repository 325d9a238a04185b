import type { DrillEvent } from '@havun/domain';
import { failure, type EventLine } from './run-lines.js';

/** One event of a drill as one line for people; its report has the details. */
export function describeDrillEvent({ type, data }: DrillEvent): EventLine {
  switch (type) {
    case 'DrillRequested':
      return { mark: 'ok', text: `Test of ${data.quarter} requested by ${data.requestedBy}` };
    case 'DrillStarted':
      return { mark: 'ok', text: data.attempt === 1 ? 'Started' : `Started again (attempt ${data.attempt})` };
    case 'DrillPassed':
      return { mark: 'ok', text: `Passed with ${data.backup?.name ?? 'no backup'}` };
    case 'DrillFailed':
      return failure('Failed', data);
  }
}
