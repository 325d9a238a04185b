import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree, sha256OfFile } from '@havun/sources';
import { fetchArchive, NoUsableCopy, type FetchedArchive } from '../restore/fetch.js';
import { openBackup, planDrill, planDrillDatabases, refuse, type OpenedBackup } from '@havun/restore';
import { checkFiles, FilesDiffer } from './check-files.js';
import type { DrillJob } from './drill-job.js';
import { makeDrillFolder, removeDrillFolder, removeLeftDrill } from './drill-folder.js';
import { notTheArchive, tablesDiffer } from './failures.js';
import type { StepOutcome } from './step-log.js';
import { TestDatabases } from './test-databases.js';
import { amount, contents, count, lines } from './wording.js';

/** The work of each step of a drill. Each step builds on the results of the earlier ones, which are kept here. */
export class DrillWork {
  private folder: string | undefined;
  private fetched: FetchedArchive | undefined;
  /** Set where no copy was the original archive. The checksum step then fails. */
  private refused: NoUsableCopy | undefined;
  private backup: OpenedBackup | undefined;
  private leftOut: ReadonlySet<string> = new Set();
  private databases: TestDatabases | undefined;

  constructor(private readonly job: DrillJob) {}

  /** The storage that the archive came from. */
  get storage(): string | undefined {
    return this.fetched?.storage;
  }

  async download(): Promise<StepOutcome> {
    const { drillId, config, storages, scratch, backup, signal, failure } = this.job;
    // The leftovers of a killed attempt take up space.
    await removeLeftDrill(config, drillId, scratch);
    const { copies, note, parent, problems } = await planDrill(config, backup);
    refuse(problems);
    this.folder = await makeDrillFolder(parent, drillId);
    const rejected: string[] = [];
    const reports = { localFolder: config.storage.local.path, signal, failure };
    try {
      this.fetched = await fetchArchive({
        ...reports,
        backup,
        copies,
        storages,
        to: join(this.folder, 'archive.zip'),
        onProgress: ({ storage }, bytes) => {
          this.job.onProgress({ activity: 'fetch', storage, doneBytes: bytes, totalBytes: backup.archive.size });
        },
        onRejected: ({ storage }, { code }) => {
          rejected.push(`${storage} (${code})`);
          return Promise.resolve();
        },
      });
    } catch (error) {
      if (!(error instanceof NoUsableCopy) || !rejected.some((each) => each.includes('CHECKSUM_MISMATCH'))) throw error;
      this.refused = error;
    }
    return lines(amount(backup.archive.size), note, rejected.length > 0 && `refused: ${rejected.join(', ')}`);
  }

  /** Hashes the file on the disk, and compares its manifest with the recorded one. */
  async checkArchive(): Promise<StepOutcome> {
    if (this.refused) throw this.refused;
    const { config, project, backup, signal } = this.job;
    const { file, storage } = there(this.fetched);
    const sha256 = await sha256OfFile(file, signal);
    if (sha256 !== backup.archive.sha256) throw notTheArchive(storage, sha256, backup.archive.sha256);
    this.backup = await openBackup(config, project, { from: file, backup, signal });
    return `${sha256}, and the manifest is the one that was recorded`;
  }

  async extract(): Promise<StepOutcome> {
    const { signal, onProgress } = this.job;
    const { entries, bytes, skippedLinks } = await there(this.backup).archive.extract(this.extracted, {
      unsafeLinks: 'skip',
      signal,
      onProgress: (done) => {
        onProgress({ activity: 'extract', doneBytes: done.bytes, totalBytes: done.totalBytes });
      },
    });
    this.leftOut = new Set(skippedLinks.map(({ name }) => name));
    const links = skippedLinks.length > 0 && `left out: ${count(skippedLinks.length, 'link')} out of the folder`;
    return lines(`${count(entries, 'entry', 'entries')}, ${amount(bytes)}`, links);
  }

  async importDatabases(): Promise<StepOutcome> {
    const { config, project, scratch, drillId, signal, onProgress } = this.job;
    const { databases } = there(this.backup).details;
    if (databases.length === 0) return { skipped: withoutDatabase };
    const plan = await planDrillDatabases(config, { project, databases, scratch, signal });
    refuse(plan.problems);
    const token = `d${drillId.replaceAll('-', '')}`.slice(0, 20);
    this.databases = new TestDatabases({ folder: there(this.folder), scratch, token, signal });
    const places: string[] = [];
    for (const database of plan.databases) {
      const { details } = database;
      const dump = join(this.extracted, details.entry);
      const { size: totalBytes } = await stat(dump);
      const where = await this.databases.import(dump, database, (doneBytes) => {
        onProgress({ activity: 'import', doneBytes, totalBytes });
      });
      places.push(`${details.name}, ${where}`);
    }
    return places.join('; ');
  }

  async compareTables(): Promise<StepOutcome> {
    const { databases } = there(this.backup).details;
    if (!this.databases) return { skipped: withoutDatabase };
    const differences = await this.databases.differences(this.job.signal);
    if (differences.length > 0) throw tablesDiffer(differences);
    return databases.map(contents).join('; ');
  }

  async checkFiles(): Promise<StepOutcome> {
    const { signal, onTrouble } = this.job;
    const manifest = there(this.backup).archive.manifestEntries();
    try {
      const { entries, bytes } = await checkFiles(this.extracted, manifest, { leftOut: this.leftOut, signal });
      return `${count(entries, 'entry', 'entries')}, ${amount(bytes)}`;
    } catch (error) {
      if (error instanceof FilesDiffer) onTrouble(error, error.differences.join('; '));
      throw error;
    }
  }

  /** Removes everything that it can, and checks the result. @throws the first reason why something is left */
  async cleanUp(): Promise<StepOutcome> {
    const { folder } = this;
    if (folder === undefined) return { skipped: 'nothing was made' };
    const outcomes = await Promise.allSettled([this.backup?.archive.close(), this.databases?.remove()]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      // With the folder, the next drill finds what is left.
      await removeTree(this.extracted);
      throw failed.reason;
    }
    await removeDrillFolder(folder);
    return 'nothing is left of it';
  }

  private get extracted(): string {
    return join(there(this.folder), 'extracted');
  }
}

const withoutDatabase = 'the backup holds no dump of a database';

/** The result of an earlier step. */
function there<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A step of the drill was taken out of turn');
  return value;
}
