// The nats-server for the embedded stack and the tests, always at .cache/nats-server/nats-server.
import { copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasApt, unpackFromSuite } from './debian.mjs';
import { cache, findProgram, Missing, run, say } from './run.mjs';

/** Where product code and tests look for it. */
export const natsServerPath = join(cache, 'nats-server/nats-server');

/** The oldest Debian with a version that syncs every write. */
const suite = 'trixie';
const remedy = `Install nats-server 2.10.23 or later in PATH, or put it at ${natsServerPath}.`;

export async function provideNatsServer() {
  if (await fitVersion(natsServerPath)) return;
  const installed = await findProgram('nats-server');
  const version = installed && (await fitVersion(installed));
  if (version) {
    say(`using nats-server ${version} from ${installed}`);
    return place((path) => symlink(installed, path));
  }
  if (!(await hasApt())) throw new Missing('There is no fit nats-server, and no apt-get to fetch one with.', remedy);
  await fetchFromDebian();
}

async function fetchFromDebian() {
  say(`fetching nats-server from Debian (${suite}) into .cache; nothing is installed`);
  const folder = join(cache, 'debian/nats-server');
  const program = join(folder, 'usr/sbin/nats-server');
  try {
    await unpackFromSuite(suite, 'nats-server', folder);
    await run(program, ['--version']);
  } catch (error) {
    throw new Missing(`No nats-server could be had from Debian: ${error.message}`, remedy, { cause: error });
  }
  const version = await fitVersion(program);
  if (!version) throw new Missing(`Debian's nats-server (${suite}) is not fit.`, remedy);
  await place((path) => copyFile(program, path));
  await rm(folder, { recursive: true });
  say(`nats-server ${version} is at ${natsServerPath}`);
}

/** The version, where it is 2.10 or later and not one that could lose streams when killed (2.10.20 to 2.10.22). */
async function fitVersion(program) {
  const text = await run(program, ['--version']).catch(() => '');
  const [version, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  if (!version || Number(major) < 2 || (Number(major) === 2 && Number(minor) < 10)) return undefined;
  const losesStreams = `${major}.${minor}` === '2.10' && Number(patch) >= 20 && Number(patch) <= 22;
  return losesStreams ? undefined : version;
}

/** Installs by renaming, so that a server that runs from the old file is not disturbed. */
async function place(make) {
  const partial = `${natsServerPath}.part`;
  await mkdir(dirname(natsServerPath), { recursive: true });
  await rm(partial, { force: true });
  await make(partial);
  await rename(partial, natsServerPath);
}
