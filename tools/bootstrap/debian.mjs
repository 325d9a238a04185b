// Debian's packages, always with apt's own signature checks: a package without a signature by a key of this machine is refused.
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram, isRoot, Missing, run, say } from './run.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const debianDefault = 'http://deb.debian.org/debian/';
const strict = [
  ['APT::Get::AllowUnauthenticated', 'false'],
  ['Acquire::AllowInsecureRepositories', 'false'],
  ['Acquire::AllowWeakRepositories', 'false'],
  ['Acquire::AllowDowngradeToInsecureRepositories', 'false'],
  ['Acquire::Retries', '3'],
  ['DPkg::Lock::Timeout', '600'],
].flatMap(([name, value]) => ['-o', `${name}=${value}`]);

/** @throws with apt's error messages only, not its whole command line */
async function apt(args, options) {
  try {
    return await run('apt-get', ['-q', '-y', ...strict, ...args], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      ...options,
    });
  } catch (error) {
    const complaints = error.message.split('\n').filter((line) => /^(E|W|Err):/.test(line));
    throw new Error(`apt-get says: ${complaints.join(' ') || error.message}`, { cause: error });
  }
}

export const hasApt = async () => (await findProgram('apt-get')) !== undefined;

let updated;
/** Fetches the machine's own package lists, once; without root they stay as they are. */
const update = () => (updated ??= isRoot ? apt(['update']) : Promise.resolve());

/** Tries with the present package lists, and once more with fresh ones. */
async function withLists(attempt) {
  try {
    return await attempt();
  } catch (error) {
    if (!isRoot) throw error;
    await update();
    return attempt();
  }
}

let turn = Promise.resolve();
/** Installs packages that start no service, one call after another. @throws Missing with the command to run by hand */
export function install(names) {
  turn = turn.catch(() => undefined).then(() => installNow(names));
  return turn;
}

async function installNow(names) {
  if (names.length === 0) return;
  const byHand = `Install with: apt-get install --no-install-recommends ${names.join(' ')}`;
  if (!(await hasApt())) throw new Missing(`This machine has no apt-get for ${names.join(', ')}.`, 'Install them.');
  if (!isRoot) throw new Missing(`Only root can install ${names.join(', ')}.`, byHand);
  say(`installing from Debian: ${names.join(', ')}`);
  try {
    await withLists(() => apt(['install', '--no-install-recommends', '--no-remove', ...names]));
  } catch (error) {
    throw new Missing(error.message, byHand, { cause: error });
  }
}

/**
 * Unpacks packages into a folder without installing them, so that no service starts and no user is created. It installs the
 * missing libraries of the programs in it, which are the files in `programFolders` below it.
 */
export async function unpack(names, folder, programFolders) {
  say(`unpacking from Debian into ${folder}: ${names.join(', ')}`);
  await withDownloads(
    (cwd) => withLists(() => apt(['download', ...names], { cwd })),
    async (files) => {
      await unpackInto(folder, files);
      const filesIn = async (path) => (await readdir(path).catch(() => [])).map((name) => join(path, name));
      const paths = (await Promise.all(programFolders.map((path) => filesIn(join(folder, path))))).flat();
      const libraries = await Promise.all(paths.map((path) => run('ldd', [path]).catch(() => '')));
      if (!libraries.join('').includes('not found')) return;
      const depends = await Promise.all(files.map((file) => run('dpkg-deb', ['-f', file, 'Depends'])));
      await install(await notInstalled(librariesAmong(depends.join(','))));
    },
  );
}

/** Parses a Depends field. libllvm, which is large, only serves PostgreSQL's compiled queries, and is left out. */
const librariesAmong = (depends) => [
  ...new Set([...depends.matchAll(/(?:^|,)\s*(lib(?!llvm)[a-z0-9.+-]+)/g)].map(([, name]) => name)),
];

/** Installed packages keep their version. */
async function notInstalled(names) {
  const status = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n']);
  const installed = new Set([...status.matchAll(/^(\S+) installed$/gm)].map(([, name]) => name));
  return names.filter((name) => !installed.has(name));
}

/** The newest version of a package that starts with `prefix` and a number: postgresql-17. */
export async function newestOf(prefix) {
  const names = () => run('apt-cache', ['search', '--names-only', `^${prefix}[0-9]+$`]);
  if (!(await names()).trim()) await update();
  const versions = [...(await names()).matchAll(new RegExp(`^${prefix}([0-9]+) `, 'gm'))].map(([, n]) => Number(n));
  if (versions.length === 0) throw new Missing(`apt knows no package ${prefix}<version>.`, 'Install one by hand.');
  return String(Math.max(...versions));
}

/**
 * Unpacks a package of a Debian suite that need not be this machine's, with package lists in our own folder: the machine's lists
 * and sources stay as they are. Tries the machine's Debian mirrors first, then Debian's default.
 */
export async function unpackFromSuite(suite, name, folder) {
  let failure;
  for (const uri of [...(await debianMirrors()), debianDefault]) {
    for (const keyringFor of [machineKeyring, newestKeyring]) {
      try {
        const fetch = async (cwd) => {
          const options = await privateApt(cwd, uri, suite, await keyringFor(cwd));
          await apt([...options, 'update', '--error-on=any']);
          await apt([...options, 'download', name], { cwd });
        };
        return await withDownloads(fetch, (files) => unpackInto(folder, files));
      } catch (error) {
        failure ??= error;
        if (!/NO_PUBKEY|not signed|signatures/.test(error.message)) break;
      }
    }
  }
  throw failure;
}

/** Without the file, apt accepts all keys that the machine trusts. */
const machineKeyring = async () => ((await readFile(keyring).catch(() => undefined)) ? keyring : undefined);

/** A machine that is not up to date lacks the keys of later suites; its own, signed sources have them. */
async function newestKeyring(cwd) {
  await update();
  const folder = join(cwd, 'keyring');
  await withDownloads(
    (downloads) => apt(['download', 'debian-archive-keyring'], { cwd: downloads }),
    (files) => unpackInto(folder, files),
  );
  return join(folder, keyring);
}

/** The archives in this machine's own sources for its release. */
async function debianMirrors() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1];
  const format = '$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(REPO_URI)';
  const targets = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).catch(() => '');
  const lines = targets.split('\n').map((line) => line.split('|'));
  const ofDebian = lines.filter(
    ([suite, component, origin]) =>
      [codename, 'stable', 'trixie'].includes(suite) &&
      component === 'main' &&
      (origin === 'Debian' || origin.startsWith('$')),
  );
  return new Set(ofDebian.map(([, , , uri]) => uri));
}

async function privateApt(folder, uri, suite, signedByFile) {
  const signedBy = signedByFile ? `Signed-By: ${signedByFile}\n` : '';
  const folders = {
    sources: join(folder, 'sources.d'),
    lists: join(folder, 'lists'),
    cache: join(folder, 'apt-cache'),
  };
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true });
  const source = `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\n${signedBy}`;
  await writeFile(join(folders.sources, 'debian.sources'), source);
  const options = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': folders.sources,
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Lists': folders.lists,
    'Dir::State::Status': '/dev/null',
    'Dir::Cache': folders.cache,
  };
  return Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** Downloads into a temporary folder that apt's unprivileged user can reach, wherever the checkout is. */
async function withDownloads(fetch, use) {
  const folder = await mkdtemp(join(tmpdir(), 'havun-apt-'));
  try {
    await chmod(folder, 0o777);
    await fetch(folder);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    return await use(names.map((name) => join(folder, name)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All or nothing: a folder that exists is complete. */
async function unpackInto(folder, files) {
  const partial = `${folder}.part`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  for (const file of files) await run('dpkg-deb', ['--extract', file, partial]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await rename(partial, folder);
}
