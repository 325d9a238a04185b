import { projectHost, projectPolicy, type HavunConfig } from '@havun/config';
import { backupDecider, isEnded, type BackupPolicy } from '@havun/domain';
import { loadAggregate } from '@havun/event-store';
import type { RequestDeps } from '../backups/request-backup.js';
import { ProjectNames } from '../names/project-names.js';
import type { Examined } from './examine.js';
import type { Problem } from './problem.js';
import { recordFound } from './record-found.js';
import { recordSeen, type Seen } from './record-seen.js';
import type { StoredFile } from './places.js';
import { localStorageName, type Storages } from '@havun/storage';

/**
 * The result for one backup. `new`: the log did not know it. `updated`: copies lie elsewhere, or were read back now. `known`: the
 * log has all of that. `running`: its run is at work, and records it itself. `wrong`: nothing could be recorded.
 */
export type CatalogueStatus = 'new' | 'updated' | 'known' | 'running' | 'wrong';

export interface Catalogued {
  readonly project: string;
  readonly name: string;
  readonly status: CatalogueStatus;
  readonly createdAt?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly copies: readonly { readonly storage: string; readonly path: string; readonly verified: boolean }[];
  readonly problems: readonly Problem[];
}

export interface RecorderOptions {
  readonly deps: Pick<RequestDeps, 'store' | 'clock' | 'ids' | 'source'>;
  readonly config: HavunConfig;
  readonly storages: Storages;
  /** The storages that could be listed. */
  readonly listed: readonly string[];
  /** Only reports what would be recorded. */
  readonly dryRun: boolean;
}

/** Records what was found, one backup after the other. */
export class Recorder {
  private readonly names = new Map<string, ProjectNames>();

  constructor(private readonly options: RecorderOptions) {}

  /** @param archives the files that were listed as this backup's */
  async record(examined: Examined, archives: readonly StoredFile[]): Promise<Catalogued> {
    const recorded = await this.recordCopies(examined);
    const id = await this.namesOf(examined.project).idOf('backups', examined.name);
    if (id === undefined || recorded.status === 'running') return recorded;
    // What was recorded now as verified need not be recorded as seen again.
    const readBack = recorded.status === 'known' ? examined.readBack : [];
    const gone = await this.seen(id, examined, { ...examined, readBack, archives });
    return { ...recorded, problems: [...recorded.problems, ...gone] };
  }

  /** Records the copies that are gone of backups of which nothing is left in any storage. */
  async recordGone(project: string, archivesOf: ReadonlyMap<string, readonly StoredFile[]>): Promise<Catalogued[]> {
    const gone: Catalogued[] = [];
    for await (const { id, name } of this.namesOf(project).newestFirst('backups')) {
      if (archivesOf.has(name)) continue;
      const problems = await this.seen(id, { project, name }, { archives: [], readBack: [], damaged: [], claims: [] });
      if (problems.length > 0) gone.push({ project, name, status: 'wrong', copies: [], problems });
    }
    return gone;
  }

  private seen(id: string, about: { project: string; name: string }, seen: Seen): Promise<Problem[]> {
    const host = this.hostOf(about.project);
    // This machine's local storage is not that of a project of another machine.
    const isOurs = host === this.options.config.host;
    const listed = this.options.listed.filter((storage) => isOurs || storage !== localStorageName);
    return recordSeen({ host, category: 'backup', id }, about, seen, { ...this.options, listed });
  }

  private async recordCopies(examined: Examined): Promise<Catalogued> {
    const { project, name, found, problems } = examined;
    const { deps, dryRun } = this.options;
    const names = this.namesOf(project);
    const knownId = await names.idOf('backups', name);
    if (knownId !== undefined && problems.length > 0 && (await this.isRunning(project, knownId))) {
      return { project, name, status: 'running', copies: [], problems: [] };
    }
    if (!found) return { project, name, status: 'wrong', copies: [], problems };
    const { archive, createdAt, copies } = found;
    const policy = this.policyOf(project, archive);
    const backup = { ...found, host: this.hostOf(project), project, name, policy };
    const outcome = await recordFound(deps, backup, { dryRun, names });
    const facts = { project, name, createdAt, bytes: archive.size, sha256: archive.sha256, copies };
    switch (outcome.kind) {
      case 'recorded':
        return { ...facts, status: knownId === undefined ? 'new' : 'updated', problems };
      case 'known':
        return { ...facts, status: 'known', problems };
      case 'refused':
        return { ...facts, status: 'wrong', problems: [...problems, { project, backup: name, ...outcome.refusal }] };
    }
  }

  private namesOf(project: string): ProjectNames {
    const names = this.names.get(project) ?? new ProjectNames(this.options.deps.store, this.hostOf(project), project);
    this.names.set(project, names);
    return names;
  }

  private async isRunning(project: string, id: string): Promise<boolean> {
    const stream = { host: this.hostOf(project), category: 'backup', id } as const;
    const { state } = await loadAggregate(this.options.deps.store, backupDecider, stream);
    return state.status !== 'unknown' && !isEnded(state);
  }

  private hostOf(project: string): string {
    return projectHost(this.options.config, project);
  }

  /** The present settings: those of the time of the backup were lost with the log. */
  private policyOf(project: string, { encrypted }: { readonly encrypted: boolean }): BackupPolicy {
    return { ...projectPolicy(this.options.config, project), encrypted };
  }
}
