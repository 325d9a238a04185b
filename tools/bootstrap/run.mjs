import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../../', import.meta.url));
export const cache = join(checkout, '.cache');
export const isRoot = process.getuid?.() === 0;

export const say = (line) => console.log(`bootstrap: ${line}`);

/** Something is missing that the command can't do without; `remedy` is what a person should do. */
export class Missing extends Error {
  constructor(message, remedy, options) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** Programs in the administrators' folders are found too, though PATH often lacks these. */
const searchPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program, which is given by name or absolute path; undefined where there is none. */
export async function findProgram(name) {
  for (const folder of searchPath) {
    const path = resolve(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export const isExecutable = (path) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Runs a program without a terminal or input. @returns what it printed. @throws with its last output when it fails. */
export function run(program, args, { env = {}, ...options } = {}) {
  const path = [dirname(process.execPath), ...searchPath].join(delimiter);
  const settings = { cwd: checkout, maxBuffer: 2 ** 28, env: { ...process.env, PATH: path, LC_ALL: 'C', ...env } };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...settings, ...options }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const lastWords = `${stdout}\n${stderr}`.trim().split('\n').slice(-8).join('\n');
      reject(new Error(`${program} ${args.join(' ')} failed:\n${lastWords || error.message}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
