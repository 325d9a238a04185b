import { dataOf } from '../command.js';
import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { CatalogueBackup } from './commands.js';
import type { BackupEvent, BackupEventData, BackupPolicy } from './events.js';
import { isWhole } from './keeping.js';
import { hasAll } from './missing.js';
import { isEnded, localCopy, type Archived, type BackupState, type Copies, type Copy } from './state.js';

type Catalogued = Extract<BackupEvent, { type: 'BackupCatalogued' }>;
type FoundCopy = BackupEventData<'BackupCatalogued'>['copies'][number];

/** Records a backup that the log does not know as it was found. Of a known backup, it records only copies that are elsewhere. */
export function decideCatalogue(command: CatalogueBackup, state: BackupState): Decision<BackupEvent> {
  const { now } = command;
  const found = dataOf(command);
  if (state.status === 'unknown') return decided(foundEvent(now, found, found.copies, found.policy));
  if (!isEnded(state)) return nothingToDo(`the backup is ${state.status}: its run says where its copies are`);
  const known = state.archived;
  if (known && known.archive.sha256 !== found.archive.sha256) return refused(otherArchive(found.name, known, found));
  const news = newsIn(found.copies, known?.copies ?? new Map());
  if (news.length === 0) return nothingToDo('the log knows all of it');
  return decided(foundEvent(now, found, news, state.request.policy, known?.copies));
}

function foundEvent(
  at: string,
  found: Omit<BackupEventData<'BackupCatalogued'>, 'status'>,
  copies: readonly FoundCopy[],
  policy: BackupPolicy,
  known: Copies = new Map(),
): BackupEvent {
  const isGood = hasAll(found.archive) && isWhole(policy, withFound(policy, known, copies, at));
  const status = isGood ? 'success' : 'partial';
  return { type: 'BackupCatalogued', at, data: { ...found, copies: [...copies], status } };
}

/** One copy for each storage where more was found than the log says. */
function newsIn(found: readonly FoundCopy[], known: Copies): FoundCopy[] {
  const storages = new Set(found.map(({ storage }) => storage));
  return [...storages].flatMap((storage) => newsOf(known.get(storage), inStorage(found, storage)) ?? []);
}

/**
 * The copy that is news, if any: there was none, or it was at another place, or it is verified only now. While the copy that the
 * log knows still exists, only a verified one replaces it, so that two copies in one storage do not replace each other for ever.
 */
function newsOf(known: Copy | undefined, found: readonly FoundCopy[]): FoundCopy | undefined {
  if (known === undefined || known.state === 'expected') return bestOf(found);
  const isThere = found.some(({ path }) => path === known.path);
  if (known.state === 'verified' && isThere) return undefined;
  const best = bestOf(found);
  if (best?.verified) return best;
  if (known.state === 'failed') return found.find(({ path }) => path !== known.path);
  return isThere ? undefined : best;
}

/** Where a storage has two copies, the first verified one counts, else the first. */
const bestOf = (found: readonly FoundCopy[]): FoundCopy | undefined =>
  found.find(({ verified }) => verified) ?? found[0];

const inStorage = (found: readonly FoundCopy[], wanted: string): FoundCopy[] =>
  found.filter(({ storage }) => storage === wanted);

/** The copies after these were found: first in the order of the policy, then those in other storages. */
function withFound({ copies: storages }: BackupPolicy, known: Copies, found: readonly FoundCopy[], at: string): Copies {
  const all = new Set([...storages, ...known.keys(), ...found.map(({ storage }) => storage)]);
  return new Map(
    [...all].flatMap((storage): [string, Copy][] => {
      const best = bestOf(inStorage(found, storage));
      const copy = best ? asCopy(best, at) : known.get(storage);
      return copy ? [[storage, copy]] : [];
    }),
  );
}

const asCopy = ({ path, verified }: FoundCopy, at: string): Copy => ({
  state: verified ? 'verified' : 'present',
  path,
  at,
});

/** The state after a backup was found. Of a known backup, everything but its copies stays as it was. */
export function catalogued(state: BackupState, { at, data }: Catalogued): BackupState {
  if (state.status !== 'unknown' && !isEnded(state)) return state;
  const { name, project, archive, createdAt, status } = data;
  const policy = isEnded(state) ? state.request.policy : data.policy;
  const nearest = bestOf(inStorage(data.copies, localCopy)) ?? data.copies[0];
  const known = isEnded(state) ? state.archived : undefined;
  const archived: Archived = {
    archive: known?.archive ?? {
      ...archive,
      path: nearest?.path ?? '',
      warnings: [],
      adopted: true,
      durationMs: 0,
    },
    copies: withFound(policy, known?.copies ?? new Map<string, Copy>(), data.copies, at),
  };
  if (state.status !== 'unknown') return { ...state, status, archived };
  const request = { name, project, policy, trigger: data.trigger ?? ('manual' as const), force: false };
  return { status, request, requestedAt: createdAt < at ? createdAt : at, attempts: 0, endedAt: at, archived };
}

const otherArchive = (name: string, known: Archived, found: Pick<CatalogueBackup, 'archive'>) => ({
  code: 'OTHER_ARCHIVE',
  message: `The archive found as ${name} is not the one that was made: its SHA-256 is ${found.archive.sha256}, the log has ${known.archive.sha256}`,
  remedy:
    'Somebody put another archive in its place, perhaps an older one. Do not restore from it; look at who may write to that storage.',
});
