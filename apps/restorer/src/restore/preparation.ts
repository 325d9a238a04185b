import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { HavunConfig } from '@havun/config';
import { countByCode, type Clock, type DeliveredEvent, type RestoreEventData, type RestoreState } from '@havun/domain';
import { ProgressPublisher } from '@havun/coordination';
import {
  importDatabase,
  openBackup,
  placeOf,
  planRestore,
  restorerFor,
  tokenOf,
  workOf,
  type DatabaseJob,
  type FolderWork,
  type InPlaceWork,
  type OpenedBackup,
  type RestorePlan,
  type RestoreWork,
} from '@havun/restore';
import type { EventStore } from '@havun/event-store';
import {
  CLOCK,
  CONFIG,
  EVENT_STORE,
  LOGGER,
  PROGRESS,
  RESTORE_RUNS,
  type Logger,
  ScratchFolder,
} from '@havun/service-kit';
import { RestoreRuns, withPresentCopies } from '@havun/use-cases';
import {
  extractTo,
  removePlaced,
  removeStaging,
  stageTrees,
  stagingFolders,
  type StagedTrees,
  type TreePlan,
} from '@havun/sources';
import { Storages } from '@havun/storage';
import { fetchArchive, type FetchedArchive } from './fetch.js';
import type { RestoreFolder } from './restore-folder.js';

type Running = Extract<RestoreState, { status: 'running' }>;
type Request = RestoreEventData<'RestoreRequested'>;

export interface PreparationOptions {
  readonly signal: AbortSignal;
  /** Called with the next part, so that a failure can be attributed to it. */
  readonly onStage: (stage: 'fetch' | 'stage' | 'import') => void;
}

interface BesideOptions extends PreparationOptions {
  readonly opened: OpenedBackup;
  readonly folder: RestoreFolder;
  readonly warnings: RestorePlan['warnings'];
}

/** What is not as it was backed up: a person has to make the links again, and may give the bits again. */
const differences = (links: number, setIds: number): { code: string; count: number }[] =>
  [
    { code: 'LINKS_LEFT_OUT', count: links },
    { code: 'SET_ID_DROPPED', count: setIds },
  ].filter(({ count }) => count > 0);

/**
 * Everything that can be done beside the target: fetches and checks the archive, stages its files, imports and compares its
 * database. Touches nothing live.
 */
@Injectable()
export class Preparation {
  constructor(
    @Inject(RESTORE_RUNS) private readonly runs: RestoreRuns,
    @Inject(CONFIG) private readonly config: HavunConfig,
    @Inject(PROGRESS) private readonly progress: ProgressPublisher,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly storages: Storages,
    private readonly scratch: ScratchFolder,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * @returns the state once the switch may begin; `completed` where the target is a folder, which has no switch
   * @throws every problem; the caller then calls `discard`
   */
  async run(
    event: DeliveredEvent,
    state: Running,
    folder: RestoreFolder,
    options: PreparationOptions,
  ): Promise<RestoreState> {
    const { request } = state;
    await folder.make();
    options.onStage('fetch');
    const fetched = await this.fetch(event, request, options.signal);
    try {
      options.onStage('stage');
      const { signal } = options;
      const { project, backup } = request;
      const opened = await openBackup(this.config, project, { from: fetched.file, backup, signal });
      try {
        const { work, warnings } = await this.plan(request, opened, folder, signal);
        return work.kind === 'folder'
          ? await this.intoFolder(event, request, work, { fetched, opened, folder, signal })
          : await this.besideTarget(event, request, work, { opened, folder, warnings, ...options });
      } finally {
        await opened.archive.close();
      }
    } finally {
      await rm(this.downloadOf(event), { force: true });
    }
  }

  /** Removes everything that an attempt has made, even one that was killed. */
  async discard(event: DeliveredEvent, request: Request, folder: RestoreFolder): Promise<void> {
    await rm(this.downloadOf(event), { force: true });
    await removeStaging(await folder.staging());
    await this.dropIncoming(request);
    if (request.target.kind === 'folder')
      await removePlaced({ folder: folder.trees, token: tokenOf(request.name) }, request.target.path);
    await folder.remove();
  }

  private async fetch(
    event: DeliveredEvent,
    { project, backup }: Request,
    signal: AbortSignal,
  ): Promise<FetchedArchive> {
    const begun = this.clock.now().getTime();
    // The request is on record: what retention takes out of use from here on, it looks at once more before it deletes it.
    const { copies } = await withPresentCopies(this.store, event.stream.host, backup);
    const fetched = await fetchArchive({
      backup,
      copies,
      storages: this.storages,
      localFolder: this.config.storage.local.path,
      to: this.downloadOf(event),
      signal,
      onProgress: ({ storage }, bytes) => {
        this.report(event, project, { activity: 'fetch', storage, doneBytes: bytes, totalBytes: backup.archive.size });
      },
      onRejected: async (copy, failure) => {
        await this.runs.record(event, { type: 'RejectCopy', ...copy, ...failure });
      },
      failure: (error) => this.runs.failure(error),
    });
    const { storage, path } = fetched;
    const durationMs = this.clock.now().getTime() - begun;
    await this.runs.record(event, { type: 'RecordFetch', storage, path, size: backup.archive.size, durationMs });
    return fetched;
  }

  /** Plans as a dry run does, so that both agree. @throws Refused with the plan's problems */
  private async plan(
    { project, target, selection, name }: Request,
    opened: OpenedBackup,
    folder: RestoreFolder,
    signal: AbortSignal,
  ): Promise<{ work: RestoreWork; warnings: RestorePlan['warnings'] }> {
    const plan = await planRestore({
      config: this.config,
      project,
      target,
      selection,
      opened,
      token: tokenOf(name),
      journal: folder.trees,
      countRows: false,
      scratch: this.scratch.path,
      signal,
    });
    for (const { code, message } of plan.warnings) this.logger.warn({ restore: name, code }, message);
    return { work: workOf(plan), warnings: plan.warnings };
  }

  private async intoFolder(
    event: DeliveredEvent,
    { project, name }: Request,
    { path, selection }: FolderWork,
    {
      fetched,
      opened,
      folder,
      signal,
    }: { fetched: FetchedArchive; opened: OpenedBackup; folder: RestoreFolder; signal: AbortSignal },
  ): Promise<RestoreState> {
    const begun = this.clock.now().getTime();
    const { entries, bytes, skippedLinks, setIdsDropped } = await extractTo(opened.archive, path, {
      details: opened.details,
      selection,
      journal: { folder: folder.trees, token: tokenOf(name) },
      signal,
      onProgress: (done) => {
        this.report(event, project, { activity: 'extract', doneBytes: done.bytes, totalBytes: done.totalBytes });
      },
    });
    await this.recordStaging(event, { entries, bytes, skippedLinks: skippedLinks.length }, begun);
    const done = await this.runs.record(event, {
      type: 'CompleteRestore',
      storage: fetched.storage,
      kept: { paths: 0, databases: [] },
      warnings: differences(skippedLinks.length, setIdsDropped),
    });
    // Not before: what lies in the folder is this restore's own only as long as this says so.
    await folder.remove();
    return done;
  }

  private async besideTarget(
    event: DeliveredEvent,
    request: Request,
    { place, trees: planned, token, databases }: InPlaceWork,
    { opened, folder, warnings, signal, onStage }: BesideOptions,
  ): Promise<RestoreState> {
    const trees = planned && (await this.stage(event, request, { plan: planned, opened, folder, token, signal }));
    onStage('import');
    for (const job of databases) await this.import(event, request, job, opened, signal);
    await folder.writePlan({
      version: 1,
      root: planned?.root ?? place.root,
      token,
      databases: databases.map(({ swap }) => swap),
      ...(trees && { trees }),
      warnings: [...differences(trees?.linksLeftOut.length ?? 0, trees?.setIdsDropped ?? 0), ...countByCode(warnings)],
    });
    return this.runs.record(event, {
      type: 'StartSwitch',
      paths: trees?.moves.length ?? 0,
      databases: databases.map(({ swap }) => swap.live),
    });
  }

  private async stage(
    event: DeliveredEvent,
    { project }: Request,
    {
      plan,
      opened,
      folder,
      token,
      signal,
    }: { plan: TreePlan; opened: OpenedBackup; folder: RestoreFolder; token: string; signal: AbortSignal },
  ): Promise<StagedTrees> {
    const begun = this.clock.now().getTime();
    await folder.noteStaging(stagingFolders(plan, token));
    const staged = await stageTrees(plan, opened.archive, {
      token,
      signal,
      onProgress: ({ bytes, totalBytes }) => {
        this.report(event, project, { activity: 'extract', doneBytes: bytes, totalBytes });
      },
    });
    const { entries, bytes, linksLeftOut } = staged;
    if (linksLeftOut.length > 0)
      this.logger.warn({ links: linksLeftOut }, 'links that lead elsewhere were not restored');
    await this.recordStaging(event, { entries, bytes, skippedLinks: linksLeftOut.length }, begun);
    return staged;
  }

  private async recordStaging(
    event: DeliveredEvent,
    facts: { entries: number; bytes: number; skippedLinks: number },
    begun: number,
  ): Promise<void> {
    await this.runs.record(event, { type: 'RecordStaging', ...facts, durationMs: this.clock.now().getTime() - begun });
  }

  private async import(
    event: DeliveredEvent,
    { project }: Request,
    job: DatabaseJob,
    { archive }: OpenedBackup,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = this.clock.now().getTime();
    const { tables, rows } = await importDatabase(job, archive, {
      signal,
      onProgress: (bytes) => {
        this.report(event, project, { activity: 'import', doneBytes: bytes });
      },
    });
    await this.runs.record(event, {
      type: 'RecordImport',
      name: job.swap.live,
      as: job.swap.incoming,
      tables,
      rows,
      durationMs: this.clock.now().getTime() - begun,
    });
  }

  /** Drops the incoming database of a killed attempt. Where the server can't be reached, it stays, and its name shows its owner. */
  private async dropIncoming(request: Request): Promise<void> {
    if (request.target.kind === 'folder' || !request.selection.database) return;
    try {
      const { database, root } = placeOf(this.config, request);
      if (!database) return;
      const restorer = restorerFor(this.config, { server: database.server, root, scratch: this.scratch.path });
      await restorer.drop(restorer.names(database.name, tokenOf(request.name)).incoming);
    } catch (error) {
      this.logger.warn({ err: error, restore: request.name }, 'the imported database could not be dropped');
    }
  }

  /** On the disk for archives. */
  private downloadOf({ stream }: DeliveredEvent): string {
    return join(this.config.storage.local.path, '.restores', `${stream.id}.zip`);
  }

  private report(
    { stream }: DeliveredEvent,
    project: string,
    done: Pick<Parameters<ProgressPublisher['report']>[0], 'activity' | 'storage' | 'doneBytes' | 'totalBytes'>,
  ): void {
    this.progress.report({ runId: stream.id, host: stream.host, project, ...done });
  }
}
