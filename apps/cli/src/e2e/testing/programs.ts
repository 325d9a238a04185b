import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { it } from '@jest/globals';
import { runProgram } from '@havun/test-servers';

/** What other people open our archives with, and the Debian package of each. */
const packages = {
  '7z': 'p7zip-full',
  php: 'php-cli and php-zip',
  bsdtar: 'libarchive-tools',
  sha256sum: 'coreutils',
} as const;
export type Program = keyof typeof packages;

/** Set to skip the tests whose program is not installed, instead of failing them. */
const skipVariable = 'HAVUN_TESTS_SKIP_MISSING_TOOLS';

/** A test that needs a program: fails, naming its Debian package, where that is missing. */
export function itWith(program: Program, sentence: string, test: () => Promise<void>): void {
  const missing = `${program} is not installed (Debian: apt-get install ${packages[program]}; or set ${skipVariable}=1)`;
  if (isInstalled(program)) it(sentence, test);
  else if (process.env[skipVariable]) it.skip(`${sentence} [${missing}]`, test);
  else {
    it(sentence, () => {
      throw new Error(missing);
    });
  }
}

const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Runs a program in a UTF-8 locale. @returns its output. @throws with its last words when it fails */
export const run = (program: Program, args: string[], cwd?: string): Promise<string> =>
  runProgram(program, args, { cwd, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
