// The packages from the registry, with the binaries that they need: no install script compiles or fetches anything.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { checkout, Missing, run, say } from './run.mjs';

const require = createRequire(import.meta.url);

export async function installPackages() {
  if (!(await areCurrent()) || !hasSqlite()) {
    say('installing the Node packages (npm ci)');
    await npm('ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund');
  }
  if (hasSqlite()) return;
  const here = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  throw new Missing(`There is no SQLite for ${here}.`, 'Use Node 22.16 or later, which has its own.');
}

/** SQLite of Node itself, or the optional package that replaces it on an earlier Node. */
function hasSqlite() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 16)) return true;
  try {
    new (require('@photostructure/sqlite').DatabaseSync)(':memory:').close();
    return true;
  } catch {
    return false;
  }
}

/** Compares npm's record of node_modules with the lock file: every package that is not optional, in its version. */
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
    await run('npm', args);
  } catch (error) {
    throw new Missing(error.message, 'Is the npm registry within reach, and the disk not full?', { cause: error });
  }
}
