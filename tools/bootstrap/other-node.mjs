// Other versions of Node to run the tests on: packages of the npm registry that contain only the binary.
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cache, Missing, run, say } from './run.mjs';

/** The releases that everything must work on, by major version. */
export const releases = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0' };

/** @returns the folder for PATH with `node` of this major version: under `.cache`, fetched if missing */
export async function provideNode(major) {
  const version = releases[major];
  if (version === undefined) throw new Missing(`There is no Node ${major} here.`, `One of ${Object.keys(releases)}.`);
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, 'nodes', version);
  const programs = join(folder, 'node_modules', name, 'bin');
  if (await exists(join(programs, 'node'))) return programs;

  say(`fetching Node ${version} into .cache; nothing is installed`);
  const partial = `${folder}.part`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--no-package-lock'];
  await run('npm', ['install', '--prefix', partial, ...options, `${name}@${version}`]);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return programs;
}

const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );
