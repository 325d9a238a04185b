import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, type DataCache } from '../data/data-set.js';
import { runMeasured, type Command } from '../measure/run-measured.js';
import { takeTurns, type Contender, type Result } from '../measure/rounds.js';
import type { Sample } from '../measure/sample.js';
import { bytesBelow, password, phpZip, resticCommand, sevenZipPack } from '../peers/archivers.js';
import { ours, runDriver } from '../peers/ours.js';
import {
  findPeer,
  howToInstall,
  openSsh,
  php,
  restic,
  sevenZip,
  type Installed,
  type Peer,
} from '../peers/programs.js';
import type { Contest } from '../report/verdict.js';

/** The context of every scenario. */
export interface Bench {
  readonly cache: DataCache;
  readonly rounds: number;
  /** The sizes that take an hour more. */
  readonly full: boolean;
  readonly peers: ReadonlyMap<Peer, Installed>;
  readonly say: (line: string) => void;
}

export type Scenario = (bench: Bench) => Promise<Contest>;

export async function installedPeers(): Promise<ReadonlyMap<Peer, Installed>> {
  const found = await Promise.all([php, sevenZip, restic, openSsh].map(findPeer));
  return new Map(found.filter((installed) => installed !== undefined).map((installed) => [installed.peer, installed]));
}

export const missingOf = ({ peers }: Bench, wanted: readonly Peer[]): string[] =>
  wanted.filter((peer) => !peers.has(peer)).map(howToInstall);

/** A new folder beside the data, on the same disk, removed afterwards. */
export async function inWorkFolder<T>({ cache }: Bench, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(cacheFolder(cache), `work-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const inTurns = ({ rounds, say }: Bench, contenders: readonly Contender[]): Promise<Result[]> =>
  takeTurns(contenders, rounds, (name, round) => {
    say(`  ${name}, round ${round} of ${rounds}`);
  });

/** Archives `folder` in each round; the archive is measured and removed. */
export const ourArchiver = (folder: string, work: string): Contender => ({
  name: ours,
  run: () => measuringOutput(join(work, 'ours.zip'), (archive) => runDriver('archive', { folder, archive, password })),
});

export function peerArchivers({ peers }: Bench, wanted: readonly Peer[], folder: string, work: string): Contender[] {
  const packers = new Map<Peer, (program: string, archive: string) => Promise<Sample>>([
    [php, (program, archive) => measured(phpZip(program, folder, archive))],
    [sevenZip, (program, archive) => measured(sevenZipPack(program, folder, archive))],
    [restic, (program, repository) => resticBackup(program, folder, repository)],
  ]);
  return wanted.flatMap((peer) => {
    const [installed, pack] = [peers.get(peer), packers.get(peer)];
    if (!installed || !pack) return [];
    const run = (): Promise<Sample> => measuringOutput(join(work, 'peer.zip'), (path) => pack(installed.program, path));
    return [{ name: peer.name, run }];
  });
}

const measured = async (command: Command): Promise<Sample> => {
  const { output: _, ...sample } = await runMeasured(command);
  return sample;
};

/** The first backup into a new repository; creating the repository is not measured. */
async function resticBackup(program: string, folder: string, repository: string): Promise<Sample> {
  const restic = (args: readonly string[]): Promise<Sample> =>
    measured(resticCommand(program, repository, args, folder));
  try {
    await restic(['init']);
    return await restic(['backup', '.']);
  } finally {
    await rm(`${repository}-cache`, { recursive: true, force: true });
  }
}

async function measuringOutput(path: string, make: (path: string) => Promise<Sample>): Promise<Sample> {
  try {
    const sample = await make(path);
    return { ...sample, outputBytes: await bytesBelow(path) };
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

export const named = (results: readonly Result[], name: string): Result | undefined =>
  results.find((result) => result.name === name);
