import type { HavunConfig } from '@havun/config';
import { localStorageName, type Storages } from '@havun/storage';
import { examine } from './examine.js';
import { inLanes } from '../in-lanes.js';
import { findPlaces, type Candidate, type Places } from './places.js';
import { problems, type Problem } from './problem.js';
import { Recorder, type Catalogued, type RecorderOptions } from './record.js';

/** The number of backups examined at once. Each waits for its storage most of the time. */
const lanes = 4;

/** The content of the storages for the configured projects, or for one of them. Anything else there is a problem. */
export async function findBackups(config: HavunConfig, storages: Storages, project?: string): Promise<Places> {
  const places = await findPlaces(storages.all(), project);
  const { candidates, strangers } = configured(config, places);
  return { ...places, candidates, problems: [...places.problems, ...strangers] };
}

export interface RebuildOptions extends RecorderOptions {
  /** One project; otherwise all that are configured. */
  readonly project?: string;
  /** Whether every byte of every copy is read back. */
  readonly verify: boolean;
  /** Called after each backup with the number that are done. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Adds backups in the storages to the log: all of them where the log was lost, otherwise those that it does not know. Of copies that
 * it knows, records which are damaged or gone, and which were read back. Otherwise running it twice changes nothing.
 */
export async function rebuildCatalogue(
  candidates: readonly Candidate[],
  { verify, onProgress, project, ...options }: RebuildOptions,
): Promise<Catalogued[]> {
  const { storages } = options;
  const recorder = new Recorder(options);
  const looks = { storages, verify, passwordsOf: (project: string) => passwordsOf(options.config, project) };
  const archivesOf = new Map(candidates.map(({ name, archives }) => [name, archives]));
  const backups: Catalogued[] = [];
  for await (const examined of inLanes(candidates, lanes, (candidate) => examine(candidate, looks))) {
    backups.push(await recorder.record(examined, archivesOf.get(examined.name) ?? []));
    onProgress?.(backups.length);
  }
  for (const each of project === undefined ? Object.keys(options.config.projects) : [project]) {
    backups.push(...(await recorder.recordGone(each, archivesOf)));
  }
  return backups;
}

/** The backups of configured projects. For a project of another machine, this machine's local storage does not count. */
function configured(
  config: HavunConfig,
  { candidates }: Pick<Places, 'candidates'>,
): { candidates: Candidate[]; strangers: Problem[] } {
  const strange = new Map<string, Candidate[]>();
  const ours: Candidate[] = [];
  for (const candidate of candidates) {
    const settings = config.projects[candidate.project];
    if (!settings) strange.set(candidate.project, [...(strange.get(candidate.project) ?? []), candidate]);
    else ours.push(settings.host === config.host ? candidate : elsewhere(candidate));
  }
  const strangers = [...strange].map(([project, found]) => {
    const archives = found.flatMap((each) => each.archives);
    return problems.unknownProject(project, archives.length, [...new Set(archives.map(({ storage }) => storage))]);
  });
  return { candidates: ours.filter(({ archives, checksums }) => archives.length + checksums.length > 0), strangers };
}

function elsewhere({ archives, checksums, ...candidate }: Candidate): Candidate {
  const isElsewhere = ({ storage }: { readonly storage: string }): boolean => storage !== localStorageName;
  return { ...candidate, archives: archives.filter(isElsewhere), checksums: checksums.filter(isElsewhere) };
}

/** With encryption configured, an unencrypted archive is not ours. Without, older encrypted ones may be. */
function passwordsOf(config: HavunConfig, project: string): readonly (string | undefined)[] {
  const { enabled = false, password } = config.projects[project]?.encryption ?? {};
  if (password === undefined) return [undefined];
  return enabled ? [password.reveal()] : [undefined, password.reveal()];
}
