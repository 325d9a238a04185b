// The packages from the registry. Only better-sqlite3 needs its install script; the others' are left out, which saves
// half a minute of compiling (cpu-features, ssh2) that nothing here needs.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install } from './debian.mjs';
import { checkout, findProgram, isRoot, Missing, run, say, succeeds } from './run.mjs';

export async function installPackages() {
  if (!(await areCurrent())) {
    say('installing the Node packages (npm ci)');
    await npm('ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund');
  }
  if (await sqliteLoads()) return;
  say('building better-sqlite3 for this Node; where no prebuilt file can be fetched, this takes a minute');
  if (await buildSqlite()) return;
  await installCompiler();
  const failure = await npm('rebuild', 'better-sqlite3').catch((error) => error);
  if (await sqliteLoads()) return;
  throw new Missing(
    `better-sqlite3 can't be loaded by Node ${process.versions.node}. ${failure?.message ?? ''}`,
    'Building it needs python3, make, g++ and the headers of this Node, which node-gyp fetches.',
  );
}

/** What npm notes about node_modules, against the lock file: every package that is not optional, in its version. */
async function areCurrent() {
  try {
    const [wanted, present] = await Promise.all(['package-lock.json', 'node_modules/.package-lock.json'].map(packages));
    return Object.entries(wanted).every(
      ([path, { version, integrity, optional }]) =>
        path === '' ||
        (present[path] === undefined && optional) ||
        (present[path]?.version === version && present[path].integrity === integrity),
    );
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return false;
    throw error;
  }
}

const packages = async (file) => JSON.parse(await readFile(join(checkout, file), 'utf8')).packages;

async function npm(...args) {
  try {
    await run('npm', args, { env: { JOBS: 'max' } });
  } catch (error) {
    throw new Missing(error.message, 'Is the npm registry within reach, and the disk not full?', { cause: error });
  }
}

const sqliteLoads = () => succeeds(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"]);

async function buildSqlite() {
  await npm('rebuild', 'better-sqlite3').catch(() => undefined);
  return sqliteLoads();
}

async function installCompiler() {
  const wanted = { python3: 'python3', make: 'make', 'g++': 'g++' };
  const missing = [];
  for (const [program, name] of Object.entries(wanted)) if (!(await findProgram(program))) missing.push(name);
  if (missing.length > 0 && isRoot) await install(missing);
}
