import { printable } from '@havun/text';
import { checksumPath, otherPlace, placeOfPath, type Tier } from '../naming.js';
import type { ReconciledStorage } from './reconciliation.js';

/** A file, or something else that is not a folder on the way to files, as a storage lists it. */
export interface ListedFile {
  readonly path: string;
  readonly size: number;
  /** The name is one of an unfinished upload. */
  readonly partial: boolean;
  /** Absent: a file. */
  readonly type?: 'folder' | 'other';
}

/** A copy of an ended backup in this storage, as the log knows it. */
export interface LoggedCopy {
  readonly backupId: string;
  readonly project: string;
  readonly name: string;
  readonly path: string;
  /** Of the archive. */
  readonly size: number;
  readonly sha256: string;
  readonly state: 'present' | 'verified' | 'failed' | 'removing' | 'removed';
  /** Why it is `failed`. */
  readonly failure?: string;
  /** When it was last seen so, ISO 8601. */
  readonly at?: string;
  /** The backup is of this machine, which answers for it. */
  readonly isOurs: boolean;
}

export interface StorageComparison {
  /** Copies that should be there: the next three and `missing` are disjoint parts of them. */
  readonly compared: readonly LoggedCopy[];
  /** There, with the right size: what can be read back. */
  readonly present: readonly LoggedCopy[];
  readonly wrongSize: readonly { readonly copy: LoggedCopy; readonly found: number }[];
  /** Not where the log says, but with the right size at the other place that an archive can have. */
  readonly elsewhere: readonly { readonly copy: LoggedCopy; readonly path: string }[];
  readonly missing: readonly LoggedCopy[];
  readonly withoutChecksum: readonly LoggedCopy[];
  /** The log says that they are deleted. */
  readonly undeleted: readonly LoggedCopy[];
  readonly unknown: readonly ListedFile[];
  readonly leftParts: readonly ListedFile[];
  readonly usage: ReconciledStorage['usage'];
}

export interface StorageView {
  readonly files: readonly ListedFile[];
  readonly copies: readonly LoggedCopy[];
  /** Names of backups that something is uploaded for: what lies there under such a name is under way. */
  readonly underWay: ReadonlySet<string>;
  /** ISO 8601. */
  readonly now: string;
}

/** A deletion that was begun may take so long; then it is told of. In milliseconds. */
const deletionMs = 3_600_000;

/** Compares what lies in a storage with what the log says of it. Nothing is concluded here about content. */
export function compareStorage({ files, copies, underWay, now }: StorageView): StorageComparison {
  const sizes = new Map(files.flatMap(({ path, size, type }) => (type === undefined ? [[path, size] as const] : [])));
  const expected = copies.filter(({ state }) => state !== 'removing' && state !== 'removed');
  const compared = expected.filter(({ isOurs }) => isOurs);
  const found = compared.map((copy) => ({ copy, ...whereIs(copy, sizes) }));
  const of = <Kind extends Whereabouts['kind']>(kind: Kind) =>
    found.filter((each): each is { copy: LoggedCopy } & Extract<Whereabouts, { kind: Kind }> => each.kind === kind);
  const elsewhere = of('elsewhere').map(({ copy, path }) => ({ copy, path }));
  const undeleted = copies.filter((copy) => isUndeleted(copy, sizes, now));
  const known = new Set([
    ...[...expected, ...copies.filter(({ state }) => state === 'removing'), ...undeleted].map(({ path }) => path),
    ...elsewhere.map(({ path }) => path),
  ]);
  const strays = files.filter(({ path }) => !isKnown(path, known) && !underWay.has(nameIn(path) ?? ''));
  return {
    compared,
    present: of('present').map(({ copy }) => copy),
    wrongSize: of('wrong-size').map(({ copy, size }) => ({ copy, found: size })),
    elsewhere,
    missing: of('missing').map(({ copy }) => copy),
    withoutChecksum: of('present')
      .map(({ copy }) => copy)
      .filter(({ path }) => !sizes.has(checksumPath(path))),
    undeleted,
    unknown: strays.filter(({ partial }) => !partial),
    leftParts: strays.filter(({ partial }) => partial),
    usage: usageOf(files),
  };
}

type Whereabouts =
  | { readonly kind: 'present' }
  | { readonly kind: 'wrong-size'; readonly size: number }
  | { readonly kind: 'elsewhere'; readonly path: string }
  | { readonly kind: 'missing' };

function whereIs(copy: LoggedCopy, sizes: ReadonlyMap<string, number>): Whereabouts {
  const size = sizes.get(copy.path);
  if (size === copy.size) return { kind: 'present' };
  const other = otherPlace(copy.path);
  if (size === undefined) {
    return other !== undefined && sizes.get(other) === copy.size
      ? { kind: 'elsewhere', path: other }
      : { kind: 'missing' };
  }
  return { kind: 'wrong-size', size };
}

function isUndeleted(
  { state, path, size, at, isOurs }: LoggedCopy,
  sizes: ReadonlyMap<string, number>,
  now: string,
): boolean {
  if (!isOurs || sizes.get(path) !== size) return false;
  if (state === 'removed') return true;
  return state === 'removing' && (at === undefined || Date.parse(now) - Date.parse(at) > deletionMs);
}

const checksumSuffix = checksumPath('');
const partPattern = /^(.+?\.zip)(?:\.sha256|\.repair)?(?:\.[A-Za-z0-9_-]+)?\.part$/;

const isKnown = (path: string, known: ReadonlySet<string>): boolean =>
  known.has(path) || (path.endsWith(checksumSuffix) && known.has(path.slice(0, -checksumSuffix.length)));

/** The backup whose archive, checksum or unfinished upload has this path. */
export function nameIn(path: string): string | undefined {
  const archive =
    partPattern.exec(path)?.[1] ?? (path.endsWith(checksumSuffix) ? path.slice(0, -checksumSuffix.length) : path);
  return placeOfPath(archive)?.name;
}

const usagePattern = /^([^/]+)\/(hot|archive)\/./;

function usageOf(files: readonly ListedFile[]): ReconciledStorage['usage'] {
  const sums = new Map<string, { project: string; tier: Tier; files: number; bytes: number }>();
  for (const { path, size, type } of files) {
    const [, project, tier] = usagePattern.exec(path) ?? [];
    if (project === undefined || type !== undefined) continue;
    const key = `${project}/${tier ?? ''}`;
    const sum = sums.get(key) ?? {
      project: printable(project),
      tier: tier === 'hot' ? 'hot' : 'archive',
      files: 0,
      bytes: 0,
    };
    sum.files += 1;
    sum.bytes += size;
    sums.set(key, sum);
  }
  return [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

const mostExamples = 20;
const longestExample = 300;

/** How many they are, with a few of their names: whoever put them there chose these, so that they are made printable and cut. */
export function strayFiles(files: readonly ListedFile[]): ReconciledStorage['unknown'] {
  const cut = (path: string): string => (path.length > longestExample ? `${path.slice(0, longestExample)}…` : path);
  return {
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    examples: files.slice(0, mostExamples).map(({ path }) => cut(printable(path))),
  };
}
