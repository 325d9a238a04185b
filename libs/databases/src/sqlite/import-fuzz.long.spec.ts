import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { madeDump, outcomeOf, seeded } from '../testing/dump-fuzz.js';
import { grammars } from '../testing/grammars.js';

/** CAMPAIGN_SCALE=10 makes ten times as many. */
const dumps = 500 * Number(process.env['CAMPAIGN_SCALE'] ?? 1);

describe('the shell of SQLite, as imports run it', () => {
  let temporary: TemporaryFolder;
  let place: string;
  beforeEach(async () => {
    temporary = await temporaryFolder('havun-fuzz-');
    place = join(temporary.path, 'place');
    await mkdir(place);
  });
  afterEach(() => temporary.remove());

  /** Everything that the grammar's statements write has this name, and lies in the shell's folder. */
  const run = (script: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = ['-safe', '-batch', '-bail', join(temporary.path, 'db.sqlite')];
      const shell = spawn('sqlite3', options, { cwd: place, stdio: ['pipe', 'ignore', 'ignore'] });
      shell.once('error', reject).once('close', () => {
        resolve();
      });
      shell.stdin.on('error', () => undefined);
      shell.stdin.end(Buffer.from(script, 'latin1'));
    });

  it.each(['that the filter lets through', 'that nobody has filtered'])(
    'makes nothing beside the database from many dumps %s',
    async (which) => {
      const isFiltered = which === 'that the filter lets through';
      let ran = 0;
      for (let number = 0; ran < dumps; number += 1) {
        const { text } = madeDump(grammars.sqlite, seeded(number));
        const bytes = Buffer.from(text, 'latin1');
        const { out, isLet } = outcomeOf(grammars.sqlite.create(), bytes, () => bytes.length);
        if (isFiltered && !isLet) continue;
        await run(isFiltered ? out : text);
        ran += 1;
        if ((await readdir(place)).length > 0) throw new Error(`dump ${number} made a file: ${JSON.stringify(text)}`);
      }
      expect((await readdir(temporary.path)).filter((name) => !name.startsWith('db.sqlite'))).toEqual(['place']);
    },
  );
});
