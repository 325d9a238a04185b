import type { ArchiveEntry } from '@havun/archive';
import { statementWarning, type DatabaseDetails } from '@havun/databases';
import { printable } from '@havun/text';
import { SourceError } from './errors.js';
import { Disk } from './files/disk.js';
import { fileEntries, type NamedFile } from './files/file-entries.js';
import { linkOut } from './files/link-out.js';
import { OpenFiles } from './files/open-files.js';
import type { Found } from './files/walk.js';
import { archiveName, DUMP_NAME, ENV_NAME } from './projects/project-type.js';
import type { OpenSource, ProjectSourceConfig, SourceDetails, SourceRuntimes, SourceWarning } from './source.js';
import { estimateOf, uncovered, type Survey } from './survey.js';

export interface OpenOptions {
  signal?: AbortSignal | undefined;
  onWarning: (warning: SourceWarning) => void;
  runtimes?: SourceRuntimes;
}

/** A surveyed project without problems, while it is read. */
export function openSource(config: ProjectSourceConfig, found: Survey, options: OpenOptions): OpenSource {
  return new SurveyedSource(config, found, options);
}

class SurveyedSource implements OpenSource {
  readonly estimate;
  private readonly warnings: SourceWarning[] = [];
  private readonly databases: DatabaseDetails[] = [];
  private readonly disk = new Disk();
  private readonly files: OpenFiles;
  private readonly closed = new AbortController();
  private readonly signal: AbortSignal;
  private dump: AsyncGenerator<Uint8Array, unknown> | undefined;

  constructor(
    private readonly config: ProjectSourceConfig,
    private readonly found: Survey,
    private readonly options: OpenOptions,
  ) {
    this.estimate = estimateOf(found.paths, found.database?.inventory);
    this.signal = options.signal ? AbortSignal.any([options.signal, this.closed.signal]) : this.closed.signal;
    this.files = new OpenFiles(this.disk, this.warn);
    found.warnings.forEach(this.warn);
  }

  /** The database comes first. The files that its rows refer to are read later, so they are there unless they were deleted since. */
  async *entries(): AsyncGenerator<ArchiveEntry> {
    const { database } = this.found;
    if (database) {
      yield {
        type: 'file',
        name: DUMP_NAME,
        mode: 0o600,
        mtime: database.inventory.time,
        open: () => this.openDump(database),
      };
    }
    yield* fileEntries(this.namedFiles(), this.files, this.warn);
    for (const selection of this.found.selections) {
      if (!(await selection.inPlace())) throw gone(selection.path);
    }
  }

  details(): SourceDetails {
    const { paths, versions } = this.found;
    return {
      project: this.config.name,
      type: this.config.type,
      include: paths.map(({ files: _files, bytes: _bytes, ...path }) => path),
      databases: this.databases,
      versions,
      runtimes: this.options.runtimes ?? {},
      warnings: this.warnings,
    };
  }

  async close(): Promise<void> {
    this.closed.abort();
    await this.dump?.return(undefined).catch(() => undefined);
    await this.files.close();
    await this.disk.close();
  }

  private readonly warn = (warning: SourceWarning): void => {
    if (warning.code === 'VANISHED' && this.isRequired(warning.path)) throw gone(warning.path ?? '');
    this.warnings.push(warning);
    this.options.onWarning(warning);
  };

  /** A file in a folder may disappear at any time. A folder that was configured by name may not: its disk may be unmounted. */
  private isRequired(path: string | undefined): boolean {
    return this.found.selections.some((selection) => !selection.optional && selection.path === path);
  }

  private openDump({ connection, inventory }: NonNullable<Survey['database']>): AsyncIterable<Uint8Array> {
    const keep = (details: DatabaseDetails): void => {
      this.databases.push(details);
      const warning = statementWarning(details);
      if (warning) this.warn(warning);
    };
    const dump = connection.dump(inventory, this.signal);
    this.dump = dump;
    return (async function* () {
      keep(yield* dump);
    })();
  }

  private async noteLink(found: Found): Promise<void> {
    const { selections, root } = this.found;
    const isIncluded = (path: string) => selections.some((selection) => selection.covers(path));
    const warning = await linkOut(root, found, isIncluded);
    if (warning) this.warn(warning);
  }

  private async *namedFiles(): AsyncGenerator<NamedFile> {
    const { selections, type } = this.found;
    for (const [index, selection] of selections.entries()) {
      const options = { signal: this.signal, onWarning: this.warn };
      for await (const found of uncovered(selection, selections.slice(0, index), options)) {
        if (selection.kind === 'config') {
          if (found.stats.isFile()) yield { found, name: ENV_NAME };
          continue;
        }
        if (found.stats.isSymbolicLink()) await this.noteLink(found);
        const name = archiveName(type, found.path);
        if (type.filesPrefix === '' && name !== found.path) this.warn(renamed(found.path, name));
        const rawName = found.rawPath === undefined ? undefined : `${type.filesPrefix}${found.rawPath}`;
        yield { found, name, rawName };
      }
    }
  }
}

const renamed = (path: string, name: string): SourceWarning => ({
  code: 'RENAMED',
  path,
  message: `${printable(path)} has a name that the archive needs for itself; it is archived as ${printable(name)}`,
});

const gone = (path: string): SourceError =>
  new SourceError({
    code: 'PATH_MISSING',
    message: `${path === '' ? 'the root' : printable(path)} was removed or replaced while the backup ran`,
    remedy: 'Check that its disk is still mounted, and run the backup again when no deployment is under way.',
    retryable: true,
    path,
  });
