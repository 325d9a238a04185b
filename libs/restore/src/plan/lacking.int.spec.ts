import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openArchive, writeArchive } from '@havun/archive';
import { temporaryFolder, type TemporaryFolder } from '@havun/test-servers';
import { lackingWarnings } from './lacking.js';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('havun-lacking-');
});
afterAll(() => folder.remove());

async function warningsOf(name: string, details: Record<string, unknown>) {
  const path = join(folder.path, name);
  const entries = (async function* () {
    yield* await Promise.resolve([]);
  })();
  await writeArchive({ path, entries, manifest: () => details });
  const archive = await openArchive(path);
  return lackingWarnings(archive).finally(() => archive.close());
}

describe('the plan of a restore', () => {
  it('warns of what the backup was made without, by name, up to a bound', async () => {
    const missing = Array.from({ length: 12 }, (_, at) => ({
      code: 'TABLE_DAMAGED',
      message: `table t${at} is damaged`,
    }));
    const warnings = await warningsOf('lacking.zip', { missing });
    expect(warnings).toHaveLength(11);
    expect(warnings[0]).toEqual({ code: 'BACKUP_LACKS', message: 'the backup lacks: table t0 is damaged' });
    expect(warnings[10]?.message).toContain('2 more things');
  });

  it('says nothing of a backup that lacks nothing, or of an older release', async () => {
    expect(await warningsOf('whole.zip', { missing: [] })).toEqual([]);
    expect(await warningsOf('older.zip', {})).toEqual([]);
  });
});
