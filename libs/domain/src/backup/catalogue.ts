import { decided, nothingToDo, refused, type Decision } from '../decider.js';
import type { CatalogueBackup } from './commands.js';
import type { BackupEvent, BackupEventData } from './events.js';
import { isEnded, type Archived, type BackupState, type Copy } from './state.js';

type Catalogued = Extract<BackupEvent, { type: 'BackupCatalogued' }>;
type FoundCopy = BackupEventData<'BackupCatalogued'>['copies'][number];

/** A backup that the log does not know is recorded as it was found; of one that it knows, only copies that lie elsewhere. */
export function decideCatalogue(
  { type: _, now, ...found }: CatalogueBackup,
  state: BackupState,
): Decision<BackupEvent> {
  if (state.status === 'unknown') return decided(foundEvent(now, found, found.copies));
  if (!isEnded(state)) return nothingToDo(`the backup is ${state.status}: its run says where its copies are`);
  const known = state.archived;
  if (known && known.archive.sha256 !== found.archive.sha256) return refused(otherArchive(found.name, known, found));
  const news = found.copies.filter((copy) => isNews(known?.copies.get(copy.storage), copy));
  if (news.length === 0) return nothingToDo('the log knows all of it');
  return decided(foundEvent(now, found, news, known?.copies));
}

function foundEvent(
  at: string,
  found: Omit<BackupEventData<'BackupCatalogued'>, 'status'>,
  copies: readonly FoundCopy[],
  known: ReadonlyMap<string, Copy> = new Map(),
): BackupEvent {
  const after = withFound(known, copies);
  const whole = found.policy.copies.every((storage) => after.get(storage)?.state === 'verified');
  return {
    type: 'BackupCatalogued',
    at,
    data: { ...found, copies: [...copies], status: whole ? 'success' : 'partial' },
  };
}

/** Something that the log does not say of this storage: a copy where none was, at another place, or read back by now. */
function isNews(known: Copy | undefined, found: FoundCopy): boolean {
  if (known === undefined || known.state === 'expected') return true;
  if (known.state === 'failed') return found.verified || known.path !== found.path;
  if (known.path !== found.path) return true;
  return known.state === 'present' && found.verified;
}

/** Where a storage has two copies, the first that is verified stands, else the first. */
function withFound(known: ReadonlyMap<string, Copy>, found: readonly FoundCopy[]): ReadonlyMap<string, Copy> {
  const copies = new Map(known);
  const settled = new Set<string>();
  for (const { storage, path, verified } of [...found].sort((a, b) => Number(b.verified) - Number(a.verified))) {
    if (settled.has(storage)) continue;
    settled.add(storage);
    copies.set(storage, { state: verified ? 'verified' : 'present', path });
  }
  return copies;
}

/** The state after a backup was found. Of one that the log knew, everything but its copies stays as it was. */
export function catalogued(state: BackupState, { at, data }: Catalogued): BackupState {
  if (state.status !== 'unknown' && !isEnded(state)) return state;
  const { name, project, policy, archive, createdAt, status } = data;
  const known = isEnded(state) ? state.archived : undefined;
  const archived: Archived = {
    archive: known?.archive ?? {
      ...archive,
      path: data.copies[0]?.path ?? '',
      warnings: [],
      adopted: true,
      durationMs: 0,
    },
    copies: withFound(known?.copies ?? new Map(), data.copies),
  };
  if (state.status !== 'unknown') return { ...state, status, archived };
  const request = { name, project, policy, trigger: 'manual' as const, force: false };
  return { status, request, requestedAt: createdAt < at ? createdAt : at, archived };
}

const otherArchive = (name: string, known: Archived, found: Pick<CatalogueBackup, 'archive'>) => ({
  code: 'OTHER_ARCHIVE',
  message: `The archive found as ${name} is not the one that was made: its SHA-256 is ${found.archive.sha256}, the log has ${known.archive.sha256}`,
  remedy:
    'Somebody put another archive in its place, perhaps an older one. Do not restore from it; look at who may write to that storage.',
});
