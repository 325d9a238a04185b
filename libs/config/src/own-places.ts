import { join } from 'node:path';
import { archiveFolder, checksumPath, hotArchivePath } from '@havun/domain';
import { includedBy } from '@havun/sources';
import { projectSourceConfig, type HavunConfig } from './config.js';
import type { ConfigProblem } from './problem.js';

/** A folder that this program writes to, and paths that it will have there. */
interface OwnPlace {
  readonly key: string;
  readonly folder: string;
  readonly paths: readonly string[];
}

/**
 * Refuses to write to what is backed up: each backup would contain those before it, or the event log and the restore's journals,
 * which change while they are read. Compares real paths, also of what does not exist yet.
 */
export async function ownPlaceProblems(config: HavunConfig): Promise<ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const own = Object.entries(config.projects).filter(([, { host }]) => host === config.host);
  for (const { key, folder, paths } of ownPlaces(config)) {
    for (const [
      name,
      {
        paths: { root },
      },
    ] of own) {
      const taken = await includedBy(projectSourceConfig(config, name), [folder, ...paths]);
      if (taken) problems.push(insideProject(key, folder, { name, root, include: taken.include }));
    }
  }
  return problems;
}

function ownPlaces({ data_dir: dataDir, storage, projects }: HavunConfig): OwnPlace[] {
  const names = Object.keys(projects);
  const storages = [
    { key: 'storage.local.path', folder: storage.local.path },
    ...Object.entries(storage.offsite).flatMap(([name, settings]) =>
      settings.type === 'local' ? [{ key: `storage.offsite.${name}.path`, folder: settings.path }] : [],
    ),
  ];
  return [
    ...storages.map(({ key, folder }) => ({ key, folder, paths: names.flatMap((name) => archivesOf(folder, name)) })),
    { key: 'data_dir', folder: dataDir, paths: dataFolders.map((name) => join(dataDir, name)) },
  ];
}

/** The restores' journals, the event log, and what is staged. */
const dataFolders = ['restores', 'nats', 'run', 'log', 'tmp', 'read-model.sqlite'];

/** One archive of a project in each of its folders. A glob may take the archives and not the folder. */
function archivesOf(folder: string, project: string): string[] {
  const name = `1970-01-01-00-00-00-${project}`;
  const archives = [hotArchivePath(project, name), `${archiveFolder(project)}/1970/01/${name}.zip`];
  return archives.flatMap((path) => [join(folder, path), join(folder, checksumPath(path))]);
}

const insideProject = (
  key: string,
  folder: string,
  { name, root, include }: { name: string; root: string; include: string },
): ConfigProblem => ({
  path: key,
  message: `${folder} is inside what is backed up of ${name}: "${include}" in ${root}`,
  remedy: `choose a folder outside, or leave it out of projects.${name}.include.files`,
});
