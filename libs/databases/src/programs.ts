// Where database programs are searched. PATH comes first; the PATH of cron and of ordinary users lacks the servers.
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const FOLDERS = ['usr/local/bin', 'usr/bin', 'bin', 'usr/local/sbin', 'usr/sbin', 'sbin'];

/** One folder for each release of PostgreSQL: Debian and Ubuntu, the RPM packages of postgresql.org, Alpine. */
const RELEASES = [
  { parent: 'usr/lib/postgresql', name: /^(\d+(?:\.\d+)?)$/, below: 'bin' },
  { parent: 'usr', name: /^pgsql-(\d+(?:\.\d+)?)$/, below: 'bin' },
  { parent: 'usr/libexec', name: /^postgresql(\d+)$/, below: '.' },
];

export interface ProgramPlaces {
  /** In the format of PATH. */
  searchPath: string;
  /** The root of the tree where distributions put programs. */
  systemRoot: string;
}

/** The folders of `searchPath`, then where distributions put programs, the newest release of PostgreSQL first. */
export async function programFolders({ searchPath, systemRoot }: ProgramPlaces): Promise<string[]> {
  const given = searchPath.split(delimiter).filter((part) => part !== '');
  const system = FOLDERS.map((folder) => join(systemRoot, folder));
  return [...new Set([...given, ...system, ...(await releases(systemRoot))])];
}

async function releases(systemRoot: string): Promise<string[]> {
  const found: { version: number; folder: string }[] = [];
  for (const { parent, name, below } of RELEASES) {
    for (const entry of await readdir(join(systemRoot, parent)).catch((): string[] => [])) {
      const version = name.exec(entry)?.[1];
      if (version !== undefined)
        found.push({ version: Number(version), folder: join(systemRoot, parent, entry, below) });
    }
  }
  return found.sort((a, b) => b.version - a.version).map(({ folder }) => folder);
}

/** The first of several programs that exists. One name is searched in every folder before the next name. */
export async function findProgram(
  names: readonly string[],
  places: ProgramPlaces,
): Promise<{ name: string; path: string } | undefined> {
  const folders = await programFolders(places);
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await isExecutable(path)) return { name, path };
    }
  }
  return undefined;
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
