import { auditProjectionService } from '@havun/audit-projection';
import type { HavunConfig } from '@havun/config';
import { localStorageName, type Storages } from '@havun/storage';
import { examine } from '../catalogue/examine.js';
import { inLanes } from '../catalogue/in-lanes.js';
import { findPlaces, type Candidate, type Places } from '../catalogue/places.js';
import { problems, type Problem } from '../catalogue/problem.js';
import { Recorder, type Catalogued } from '../catalogue/record.js';
import { printReport, problemsOf, publicReport } from '../catalogue/report.js';
import { exitCodes } from '../exit-code.js';
import { openSession, type Session } from '../session/session.js';
import { commandStorages } from '../session/command-storages.js';
import type { Terminal } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';
import { selectProjects } from './select-projects.js';

export interface CatalogueRebuildOptions {
  readonly project?: string;
  readonly verify?: boolean;
  readonly dryRun?: boolean;
}

/** Backups that are looked at side by side: each waits for its storage most of the time. */
const lanes = 4;

/**
 * Brings the log up to the backups that lie in the storages: all of them where the log was lost, and otherwise what it
 * does not know. Doing it twice changes nothing.
 */
export async function catalogueRebuild(
  { config, terminal }: CommandContext,
  { project, verify = false, dryRun = false }: CatalogueRebuildOptions,
): Outcome {
  if (project !== undefined) selectProjects(config, project);
  const storages = commandStorages({ config, terminal });
  try {
    const places = await findPlaces(storages.all(), project);
    const { candidates, strangers } = configured(config, places);
    const session = await openSession({
      config,
      services: [auditProjectionService],
      onBringUp: (logFile) => {
        terminal.remark(`No stack is up: bringing one up for this command (log: ${logFile})`);
      },
    });
    const backups = await catalogue({ session, config, storages, terminal, candidates, verify, dryRun });
    const report = { backups, problems: [...places.problems, ...strangers], dryRun, verified: verify };
    terminal.printJson(publicReport(report));
    printReport(report, terminal, config.timezone);
    return problemsOf(report).length === 0 ? exitCodes.done : exitCodes.failed;
  } finally {
    await storages.close();
  }
}

interface Cataloguing {
  readonly session: Session;
  readonly config: HavunConfig;
  readonly storages: Storages;
  readonly terminal: Terminal;
  readonly candidates: readonly Candidate[];
  readonly verify: boolean;
  readonly dryRun: boolean;
}

async function catalogue(options: Cataloguing): Promise<Catalogued[]> {
  const { session, config, storages, terminal, candidates, verify, dryRun } = options;
  try {
    const recorder = new Recorder({ context: session.context, config, dryRun });
    const looks = { storages, verify, passwordsOf: (project: string) => passwordsOf(config, project) };
    const backups: Catalogued[] = [];
    for await (const examined of inLanes(candidates, lanes, (candidate) => examine(candidate, looks))) {
      backups.push(await recorder.record(examined));
      if (terminal.interactive) process.stderr.write(`\r  ${backups.length} of ${candidates.length} backups`);
    }
    if (terminal.interactive) process.stderr.write('\r');
    return backups;
  } finally {
    await session.close();
  }
}

/** The backups of configured projects. The local storage of this machine has none of a project that another machine has. */
function configured(config: HavunConfig, { candidates }: Places): { candidates: Candidate[]; strangers: Problem[] } {
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

/** With encryption, an archive that is not encrypted is none of ours. Without, older ones may be. */
function passwordsOf(config: HavunConfig, project: string): readonly (string | undefined)[] {
  const { enabled = false, password } = config.projects[project]?.encryption ?? {};
  if (password === undefined) return [undefined];
  return enabled ? [password.reveal()] : [undefined, password.reveal()];
}
