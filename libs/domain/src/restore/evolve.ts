import type { RestoreEvent, RestoreEventData } from './events.js';
import { holdUpOf, isUnfinished, type RestoreState, type UnfinishedUndo, type Work } from './state.js';

type Running = Extract<RestoreState, { status: 'running' }>;

/** The state after an event. An event that makes no sense in a state leaves it unchanged: the log is read, not judged. */
export function evolve(state: RestoreState, event: RestoreEvent): RestoreState {
  if (state.status === 'unknown') return event.type === 'RestoreRequested' ? requested(event) : state;
  const { request, requestedAt } = state;
  const asked = { request, requestedAt };
  switch (event.type) {
    case 'RestoreRequested':
      return state;
    case 'SafetyBackupMade':
      return state.status === 'requested' ? { ...state, safetyBackup: event.data } : state;
    case 'RestoreStarted':
      return started(state, event);
    case 'CopyRejected':
      return state.status === 'running' ? rejected(state, event.data) : state;
    case 'ArchiveFetched':
      return withWork(state, () => ({ fetched: event.data }));
    case 'FilesStaged':
      return withWork(state, () => ({ staged: event.data }));
    case 'DatabaseImported':
      return withWork(state, ({ imported }) => ({ imported: [...imported, event.data] }));
    case 'SwitchStarted':
      return withWork(state, () => ({ switching: event.data }));
    case 'SwitchHeldUp':
      return heldUp(state, event);
    case 'RestoreCompleted':
      if (state.status !== 'running') return state;
      return { status: 'completed', completed: event.data, completedAt: event.at, ...asked };
    case 'RestoreFailed':
      if (state.status !== 'running' && state.status !== 'requested') return state;
      return { status: 'failed', failure: event.data, ...asked };
    case 'RestoreUndoRequested':
      return isUnfinished(state) ? undoingUnfinished(state, event.at) : settling(state, 'undoing', event.at);
    case 'RestoreConfirmRequested':
      return settling(state, 'confirming', event.at);
    case 'RestoreUndone':
      return state.status === 'undoing' ? { status: 'undone', ...asked } : state;
    case 'RestoreConfirmed':
      return state.status === 'confirming' ? { status: 'confirmed', ...asked } : state;
    case 'RestoreSettlementFailed': {
      if (state.status !== 'undoing' && state.status !== 'confirming') return state;
      if ('unfinished' in state) return { status: 'failed', failure: failureOf(state.unfinished, event), ...asked };
      const { completed, completedAt } = state;
      return { status: 'completed', completed, completedAt, failure: event.data, ...asked };
    }
  }
}

const requested = ({ at, data }: Extract<RestoreEvent, { type: 'RestoreRequested' }>): RestoreState => ({
  status: 'requested',
  request: data,
  requestedAt: at,
});

/** A new attempt has to fetch, stage and import again, as earlier results may be incomplete. Only a switch that has begun is continued. */
function started(state: RestoreState, { at, data }: Extract<RestoreEvent, { type: 'RestoreStarted' }>): RestoreState {
  if (state.status === 'requested') {
    const { status: _, ...known } = state;
    return { status: 'running', ...known, attempts: data.attempt, startedAt: at, rejected: [], imported: [] };
  }
  if (state.status !== 'running') return state;
  if (state.switching) return { ...state, attempts: data.attempt };
  return { ...withoutArchive(state), attempts: data.attempt, rejected: [] };
}

/** What was made from a copy that proves to be bad does not count. */
function rejected(state: Running, copy: RestoreEventData<'CopyRejected'>): RestoreState {
  const all = [...state.rejected, copy];
  const isFetched = state.fetched?.storage === copy.storage && state.fetched.path === copy.path;
  return { ...(isFetched ? withoutArchive(state) : state), rejected: all };
}

function withoutArchive({ fetched: _fetched, staged: _staged, ...kept }: Running): Running {
  return { ...kept, imported: [] };
}

const withWork = (state: RestoreState, change: (work: Work) => Partial<Work>): RestoreState =>
  state.status === 'running' ? { ...state, ...change(state) } : state;

function heldUp(state: RestoreState, { at, data }: Extract<RestoreEvent, { type: 'SwitchHeldUp' }>): RestoreState {
  const isOpen = (state.status === 'running' && state.switching !== undefined) || 'unfinished' in state;
  if (!isOpen) return state;
  const since = holdUpOf(state)?.since ?? at;
  return { ...state, heldUp: { reason: data, since } };
}

function undoingUnfinished(state: Exclude<RestoreState, { status: 'unknown' }>, since: string): RestoreState {
  const { request, requestedAt } = state;
  if ('unfinished' in state) return { status: 'undoing', since, unfinished: state.unfinished, request, requestedAt };
  const unfinished = state.status === 'failed' ? { failure: state.failure } : {};
  return { status: 'undoing', since, unfinished, request, requestedAt };
}

/** What the undo of an unfinished restore leaves behind where it did not succeed either. */
function failureOf(
  { failure }: UnfinishedUndo['unfinished'],
  { data: { what: _, ...why } }: Extract<RestoreEvent, { type: 'RestoreSettlementFailed' }>,
): RestoreEventData<'RestoreFailed'> {
  return { stage: 'switch', target: 'unclear', durationSeconds: failure?.durationSeconds ?? 0, ...why };
}

function settling(state: RestoreState, status: 'undoing' | 'confirming', since: string): RestoreState {
  if (state.status !== 'completed') return state;
  const { completed, completedAt, request, requestedAt } = state;
  return { status, since, completed, completedAt, request, requestedAt };
}
