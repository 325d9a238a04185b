// Decides, entry by entry, which parts of a backup are put in place as one unit.
import type { ManifestEntry } from '@havun/archive';
import type { SourceProblem } from '../errors.js';
import { archiveName, ENV_NAME, type ProjectType } from '../projects/project-type.js';
import type { IncludedPath } from '../source.js';
import { entryOf } from './archived-entry.js';
import { topmost, type FileSelector, type Find, type RestoreSelection, type SelectedFiles } from './selection.js';
import type { TreeKind } from './trees.js';

/** An included path, and what it is on disk today. */
export interface LiveInclude extends IncludedPath {
  isGlob: boolean;
  /** Today's target, where the path itself is a link. Its content is an item of its own, so that the link stays. */
  linkTarget?: string;
  /** A folder that can't be renamed: the root, or a mount point. Its content is put in place instead. */
  isFixed: boolean;
}

export interface Unit {
  /** Path in the project. */
  path: string;
  /** Name in the archive. */
  name: string;
  kind: TreeKind;
  files: number;
  bytes: number;
}

const KINDS = { directory: 'folder', file: 'file', symlink: 'link' } as const;
export const ENV_PATH = '.env';

/**
 * The units of a backup that a selection takes. No unit lies inside another, except for the content of a link. Memory grows
 * with the units, not with the entries.
 */
export class Units {
  readonly found = new Map<string, Unit>();
  /** Globs that match an entry literally, and are not treated as globs. */
  readonly literal = new Set<string>();
  private readonly json: Find[];
  private readonly links: Find[];
  private readonly files: Find[];
  private readonly selectors: (FileSelector & { matched: boolean })[];
  private readonly globPaths: Set<string>;
  private readonly linkPaths: Set<string>;

  constructor(
    private readonly type: ProjectType,
    includes: readonly LiveInclude[],
    private readonly selection: Omit<RestoreSelection, 'files'> & { files: SelectedFiles },
  ) {
    const { files } = selection;
    const trees = includes.filter(({ kind }) => kind !== 'config' && kind !== 'json-database');
    this.json = includes.filter(({ kind }) => kind === 'json-database').map(finder);
    this.files = files === 'none' ? [] : trees.map(finder);
    this.links = files === 'none' ? [] : trees.filter(({ linkTarget }) => linkTarget !== undefined).map(finder);
    this.selectors = typeof files === 'string' ? [] : files.map((selector) => ({ ...selector, matched: false }));
    this.globPaths = new Set(includes.filter(({ isGlob }) => isGlob).map(({ path }) => path));
    this.linkPaths = new Set(includes.filter(({ linkTarget }) => linkTarget !== undefined).map(({ path }) => path));
  }

  add(entry: ManifestEntry): void {
    const archived = entryOf(this.type, entry.name);
    if (archived.is === 'env' && this.selection.config) this.count(ENV_PATH, ENV_NAME, ENV_PATH, entry);
    // Where everything is included, the archive also holds `.env` under its own name. It too is restored only on request.
    if (archived.is !== 'file' || archived.path === ENV_PATH) return;
    const { path } = archived;
    if (this.globPaths.has(path)) this.literal.add(path);
    const unit = this.unitOf(path, entry.type);
    if (unit !== undefined) this.count(unit, archiveName(this.type, unit), path, entry);
  }

  /** What was selected by name and is not in the backup. */
  problems(): SourceProblem[] {
    const unmatched = this.selectors.filter(({ matched }) => !matched).map(({ text }) => notInBackup(text));
    const noEnv = this.selection.config && !this.found.has(ENV_PATH);
    return [...unmatched, ...(noEnv ? [envNotInBackup] : [])];
  }

  private count(path: string, name: string, entryPath: string, { type, size }: ManifestEntry): void {
    const unit = this.found.get(path) ?? { path, name, kind: 'folder', files: 0, bytes: 0 };
    if (entryPath === path) unit.kind = KINDS[type];
    if (type === 'file') {
      unit.files += 1;
      unit.bytes += size;
    }
    this.found.set(path, unit);
  }

  private unitOf(path: string, type: ManifestEntry['type']): string | undefined {
    const json = shortest(this.json, path);
    const file = this.fileUnit(path, type);
    if (json === undefined) return file;
    if (this.selection.database) return file === undefined || json.length < file.length ? json : file;
    // Without the database, a JSON file comes with a folder that is restored whole, or if it is named itself.
    return file === path && this.selectors.length === 0 ? undefined : file;
  }

  private fileUnit(path: string, type: ManifestEntry['type']): string | undefined {
    const outermost = shortest(this.files, path);
    if (outermost === undefined) return undefined;
    const linked = longest(this.links, path);
    // A link that is archived as a link has no content here.
    const unit = linked === undefined || (type === 'symlink' && this.linkPaths.has(path)) ? outermost : linked;
    return this.selectors.length === 0 ? unit : this.selected(path, unit);
  }

  /** Never more than was included, even if a glob matches a folder above it. */
  private selected(path: string, unit: string): string | undefined {
    let best: string | undefined;
    for (const selector of this.selectors) {
      const match = selector.find(path);
      if (match === undefined) continue;
      selector.matched = true;
      if (best === undefined || match.length < best.length) best = match;
    }
    if (best === undefined) return undefined;
    return best.length > unit.length ? best : unit;
  }
}

function finder({ path, isGlob, isFixed, dot_files }: LiveInclude): Find {
  if (isGlob) return topmost(path, { dotFiles: dot_files === true });
  const below = path === '' ? '' : `${path}/`;
  if (!isFixed) return (candidate) => (candidate === path || candidate.startsWith(below) ? path : undefined);
  return (candidate) => {
    if (!candidate.startsWith(below)) return undefined;
    const end = candidate.indexOf('/', below.length);
    return end === -1 ? candidate : candidate.slice(0, end);
  };
}

const matchesOf = (finds: readonly Find[], path: string): string[] =>
  finds.map((find) => find(path)).filter((match) => match !== undefined);

function shortest(finds: readonly Find[], path: string): string | undefined {
  return matchesOf(finds, path).reduce<string | undefined>(
    (best, match) => (best === undefined || match.length < best.length ? match : best),
    undefined,
  );
}

function longest(finds: readonly Find[], path: string): string | undefined {
  return matchesOf(finds, path).reduce<string | undefined>(
    (best, match) => (best === undefined || match.length > best.length ? match : best),
    undefined,
  );
}

const notInBackup = (glob: string): SourceProblem => ({
  code: 'NOTHING_SELECTED',
  message: `${glob} matches nothing in this backup`,
  remedy: 'List what the backup holds, and name paths as they are in the project, without `files/`.',
  retryable: false,
  path: glob,
});

const envNotInBackup: SourceProblem = {
  code: 'NOTHING_SELECTED',
  message: 'the backup holds no env-backup.txt, so .env cannot be restored from it',
  remedy: 'Restore without config, or take a backup that was made with `include.config: true`.',
  retryable: false,
  path: ENV_PATH,
};
