/** Programs with which other people will open our archives. The tests run the real ones. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { it } from '@jest/globals';

const packages = {
  '7z': 'p7zip-full',
  php: 'php-cli and php-zip',
  bsdtar: 'libarchive-tools',
  jq: 'jq',
  mount: 'mount',
  sha256sum: 'coreutils',
} as const;
export type Tool = keyof typeof packages;

/** Set to skip tests whose program is not installed, instead of failing them. */
const SKIP_VARIABLE = 'HAVUN_TESTS_SKIP_MISSING_TOOLS';

const isInstalled = (tool: Tool): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** A test that needs a program: fails, naming its Debian package, where that is missing. */
export const itWith = (tool: Tool, sentence: string, test: () => Promise<void>, timeout = 60_000): void => {
  if (isInstalled(tool)) {
    it(sentence, test, timeout);
    return;
  }
  const missing = `${tool} is not installed (Debian: apt-get install ${packages[tool]}; or set ${SKIP_VARIABLE}=1)`;
  if (process.env[SKIP_VARIABLE]) it.skip(`${sentence} [${missing}]`, test);
  else {
    it(sentence, () => {
      throw new Error(missing);
    });
  }
};

const runFile = promisify(execFile);

/** Runs a program with a fixed UTF-8 locale. Rejects, with what it printed, unless it exits with 0. */
export const run = (tool: Tool | 'umount', args: string[], cwd?: string): Promise<{ stdout: string; stderr: string }> =>
  runFile(tool, args, { cwd, env: { ...process.env, LC_ALL: 'C.UTF-8' }, maxBuffer: 64 * 1024 * 1024 });

/** `7z t` must say that everything is fine, without a warning: it exits with 1 on warnings. */
export const sevenZipTests = async (archive: string, password?: string): Promise<string> => {
  const { stdout } = await run('7z', ['t', password === undefined ? '-p' : `-p${password}`, archive]);
  if (!stdout.includes('Everything is Ok') || /warning|error/i.test(stdout)) throw new Error(stdout);
  return stdout;
};
