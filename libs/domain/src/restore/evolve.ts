import type { RestoreEvent } from './events.js';
import type { Progress, RestoreState } from './state.js';

/** The state after an event. What makes no sense for a state leaves it as it is: the log is read, not judged. */
export function evolve(state: RestoreState, event: RestoreEvent): RestoreState {
  if (event.type === 'RestoreRequested') return { status: 'requested', request: event.data, requestedAt: event.at };
  if (state.status === 'unknown') return state;
  const { request, requestedAt } = state;
  const asked = { request, requestedAt };
  switch (event.type) {
    case 'SafetyBackupMade':
      return state.status === 'requested' ? { ...state, safetyBackup: event.data } : state;
    case 'RestoreStarted':
      return started(state, event);
    case 'CopyRejected':
      return withProgress(state, ({ rejected }) => ({ rejected: [...rejected, event.data] }));
    case 'ArchiveFetched':
      return withProgress(state, () => ({ fetched: event.data }));
    case 'FilesStaged':
      return withProgress(state, () => ({ staged: event.data }));
    case 'DatabaseImported':
      return withProgress(state, ({ imported }) => ({ imported: [...imported, event.data] }));
    case 'SwitchStarted':
      return withProgress(state, () => ({ switching: event.data }));
    case 'RestoreCompleted':
      return { status: 'completed', completed: event.data, completedAt: event.at, ...asked };
    case 'RestoreFailed':
      return { status: 'failed', failure: event.data, ...asked };
    case 'RestoreUndoRequested':
      return settling(state, 'undoing', event.at);
    case 'RestoreConfirmRequested':
      return settling(state, 'confirming', event.at);
    case 'RestoreUndone':
      return { status: 'undone', ...asked };
    case 'RestoreConfirmed':
      return { status: 'confirmed', ...asked };
    case 'RestoreSettlementFailed': {
      if (!('completed' in state)) return state;
      const { completed, completedAt } = state;
      const { code, message, remedy } = event.data;
      return { status: 'completed', completed, completedAt, failure: { code, message, remedy }, ...asked };
    }
  }
}

/** A new attempt has to fetch, stage and import again: whatever lay there may be half. Only a switch is gone on with. */
function started(state: RestoreState, { at, data }: Extract<RestoreEvent, { type: 'RestoreStarted' }>): RestoreState {
  if (state.status === 'requested') {
    const { status: _, ...known } = state;
    return { status: 'running', ...known, attempts: data.attempt, startedAt: at, rejected: [], imported: [] };
  }
  if (state.status !== 'running') return state;
  if (state.switching) return { ...state, attempts: data.attempt };
  const { fetched: _fetched, staged: _staged, ...kept } = state;
  return { ...kept, attempts: data.attempt, rejected: [], imported: [] };
}

const withProgress = (state: RestoreState, change: (progress: Progress) => Partial<Progress>): RestoreState =>
  state.status === 'running' ? { ...state, ...change(state) } : state;

function settling(state: RestoreState, status: 'undoing' | 'confirming', since: string): RestoreState {
  if (state.status !== 'completed') return state;
  const { completed, completedAt, request, requestedAt } = state;
  return { status, since, completed, completedAt, request, requestedAt };
}
