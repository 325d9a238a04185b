import type { ArchiveEntry } from '@havun/archive';
import { statementWarning, type DatabaseDetails } from '@havun/databases';
import { printable } from '@havun/text';
import { SourceError } from './errors.js';
import { Disk } from './files/disk.js';
import { fileEntries, type NamedFile } from './files/file-entries.js';
import { LARGEST_JSON, settledJson } from './files/json-file.js';
import { linkOut } from './files/link-out.js';
import { OpenFiles } from './files/open-files.js';
import type { Found } from './files/walk.js';
import { archiveName, DUMP_NAME, ENV_NAME } from './projects/project-type.js';
import {
  isMissing,
  type Finding,
  type MissingPart,
  type OpenSource,
  type ProjectSourceConfig,
  type SourceDetails,
  type SourceRuntimes,
  type SourceWarning,
} from './source.js';
import { estimateOf, uncovered, type Survey } from './survey.js';

export interface OpenOptions {
  signal?: AbortSignal | undefined;
  runtimes?: SourceRuntimes;
}

/** A surveyed project without problems, while it is read. */
export function openSource(config: ProjectSourceConfig, found: Survey, options: OpenOptions): OpenSource {
  return new SurveyedSource(config, found, options);
}

class SurveyedSource implements OpenSource {
  readonly estimate;
  private readonly warnings: SourceWarning[] = [];
  private readonly missing: MissingPart[] = [];
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
    const { signal } = options;
    this.estimate = estimateOf(found.paths, found.database?.inventory);
    this.signal = signal ? AbortSignal.any([signal, this.closed.signal]) : this.closed.signal;
    this.files = new OpenFiles(this.disk, this.say);
    found.warnings.forEach(this.say);
    found.missing.forEach(this.say);
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
    yield* fileEntries(this.namedFiles(), this.files, this.say);
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
      missing: this.missing,
    };
  }

  async close(): Promise<void> {
    this.closed.abort();
    await this.dump?.return(undefined).catch(() => undefined);
    await this.files.close();
    await this.disk.close();
  }

  private readonly say = (finding: Finding): void => {
    if (finding.code === 'VANISHED' && this.isRequired(finding.path)) throw gone(finding.path ?? '');
    if (isMissing(finding)) this.missing.push(finding);
    else this.warnings.push(finding);
  };

  /** A file in a folder may disappear at any time. A folder that was configured by name may not: its disk may be unmounted. */
  private isRequired(path: string | undefined): boolean {
    return this.found.selections.some((selection) => !selection.optional && selection.path === path);
  }

  private openDump({ connection, inventory }: NonNullable<Survey['database']>): AsyncIterable<Uint8Array> {
    const keep = (details: DatabaseDetails): void => {
      this.databases.push(details);
      const warning = statementWarning(details);
      if (warning) this.say(warning);
    };
    const dump = connection.dump(inventory, this.signal, this.say);
    this.dump = dump;
    return (async function* () {
      keep(yield* dump);
    })();
  }

  private async noteLink(found: Found): Promise<void> {
    const { selections, root } = this.found;
    const isIncluded = (path: string) => selections.some((selection) => selection.covers(path));
    const warning = await linkOut(root, found, isIncluded);
    if (warning) this.say(warning);
  }

  private async *namedFiles(): AsyncGenerator<NamedFile> {
    const { selections, type } = this.found;
    for (const [index, selection] of selections.entries()) {
      const options = { signal: this.signal, onWarning: this.say };
      for await (const found of uncovered(selection, selections.slice(0, index), options)) {
        if (selection.kind === 'config') {
          if (found.stats.isFile()) yield { found, name: ENV_NAME };
          continue;
        }
        if (found.stats.isSymbolicLink()) await this.noteLink(found);
        const name = archiveName(type, found.path);
        if (type.filesPrefix === '' && name !== found.path) this.say(renamed(found.path, name));
        const rawName = found.rawPath === undefined ? undefined : `${type.filesPrefix}${found.rawPath}`;
        const named = { found, name, rawName };
        const isJson = selection.kind === 'json-database' && found.stats.isFile();
        if (!isJson || found.stats.size > LARGEST_JSON) yield named;
        else yield { ...named, open: () => settledJson(found, this.disk, this.say, this.signal) };
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
