import type { CleanupEvent } from '@havun/domain';
import { formatDuration, plural } from './format.js';
import { failure, type EventLine } from './run-lines.js';

/** One event of a clean-up as one line for people. */
export function describeCleanupEvent({ type, data }: CleanupEvent): EventLine {
  switch (type) {
    case 'CleanupRequested':
      return { mark: 'ok', text: `Clean-up requested by ${data.requestedBy}` };
    case 'CleanupStarted':
      return { mark: 'ok', text: data.attempt === 1 ? 'Started' : `Started again (attempt ${data.attempt})` };
    case 'CleanupCompleted':
      return {
        mark: data.failed.length > 0 ? 'warning' : 'ok',
        text: `Looked at ${plural(data.found, 'backup')} in ${formatDuration(data.durationSeconds)}`,
      };
    case 'CleanupFailed':
      return failure('The clean-up failed', data);
  }
}
