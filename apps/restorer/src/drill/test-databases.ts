import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { searchPath } from '@havun/config';
import { printable } from '@havun/text';
import type { DrillDatabase } from '@havun/restore';
import {
  connectRestorer,
  DatabaseError,
  startThrowAwayServer,
  withoutUntried,
  type DatabaseDetails,
  type DatabaseRestorer,
  type DatabaseServerConfig,
  type ThrowAwayServer,
  type Untried,
} from '@havun/databases';
import { noteImport, serverFolder } from './drill-folder.js';
import { lines } from './wording.js';

export interface TestDatabasesOptions {
  /** The drill's own folder. */
  readonly folder: string;
  /** The folder for short-lived credentials. */
  readonly scratch: string;
  /** Distinguishes the databases of one drill from those of every other: 1 to 20 of a-z and 0-9. */
  readonly token: string;
  readonly signal: AbortSignal;
}

interface TestDatabase {
  readonly details: DatabaseDetails;
  readonly untried: readonly Untried[];
  readonly restorer: DatabaseRestorer;
  readonly name: string;
  /** It is on a server that stays when the drill is over. */
  readonly stays: boolean;
}

/**
 * The databases of a drill: on a server that is started for it, or on a configured one that no project uses, and always under new
 * names.
 */
export class TestDatabases {
  private readonly made: TestDatabase[] = [];
  private server: ThrowAwayServer | undefined;

  constructor(private readonly options: TestDatabasesOptions) {}

  /**
   * Imports one dump at its planned place. @returns the place, in words
   * @throws DatabaseError
   */
  async import(
    dump: string,
    { details, configured }: DrillDatabase,
    onProgress: (bytes: number) => void,
  ): Promise<string> {
    const { folder, scratch, token, signal } = this.options;
    const server = configured?.server ?? (await this.started(details));
    const restorer = connectRestorer({ server, root: folder }, { searchPath: searchPath(), tempDir: scratch });
    const live = details.kind === 'sqlite' ? basename(details.name) : details.name;
    const name = restorer.names(live, token).incoming;
    const [problem, ...others] = await restorer.check(details, name, { withoutOwners: true, signal });
    if (problem) throw new DatabaseError([problem, ...others]);
    if (configured !== undefined) await noteImport(folder, { server: configured.name, database: name });
    const untried: Untried[] = [];
    this.made.push({ details, untried, restorer, name, stays: configured !== undefined });
    // The accounts of production do not exist there, and are not needed.
    const superuser = configured === undefined ? this.server?.superuser : undefined;
    const onUntried = (thing: Untried) => void untried.push(thing);
    const options = { into: name, details, withoutOwners: true, superuser, signal, onProgress, onUntried };
    await restorer.import(createReadStream(dump), options);
    const where = configured === undefined ? startedFor[details.kind] : `on the server "${configured.name}"`;
    return lines(where, ...untried.slice(0, MOST_NAMED).map(notTried), moreThan(untried.length, MOST_NAMED));
  }

  /** Every difference from the manifests, and what the server could not be given of them. */
  async differences(signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (const { restorer, name, details, untried } of this.made) {
      const options = { withoutOwners: true, signal };
      found.push(...(await restorer.compare(name, withoutUntried(details, untried), options)));
      if (details.properties) found.push(...(await restorer.deviations(details, options)));
    }
    return found;
  }

  /** Removes the databases. @throws where any is left */
  async remove(): Promise<void> {
    try {
      for (const { restorer, name, stays } of this.made) {
        if (!stays) continue;
        await restorer.drop(name);
        if (await restorer.inventory(name)) throw new Error(`The database ${name} is still there after it was dropped`);
      }
    } finally {
      await this.server?.stop();
    }
  }

  private async started({ kind }: DatabaseDetails): Promise<DatabaseServerConfig> {
    const { folder, signal } = this.options;
    const place = serverFolder(folder);
    await mkdir(place, { mode: 0o700 });
    this.server = await startThrowAwayServer(kind, { searchPath: searchPath(), folder: place, signal });
    return this.server.server;
  }
}

/** How many things one line names. */
const MOST_NAMED = 10;
const notTried = ({ kind, name, reason }: Untried): string =>
  `not tried: the ${kind} ${printable(name)}, for ${printable(reason)}`;
const moreThan = (number: number, most: number): string | false =>
  number > most && `and ${number - most} more were not tried`;

const onStarted = 'on a server that was started for it';
const startedFor: Readonly<Record<DatabaseDetails['kind'], string>> = {
  mariadb: onStarted,
  mysql: onStarted,
  postgresql: onStarted,
  sqlite: 'into a file of its own',
};
