import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonOf } from './testing/havun.js';
import { openWebshop, type RunAnswer, type Webshop } from './testing/webshop.js';

/** What `storage:reconcile --json` says. */
interface Answer {
  readonly open: number;
  readonly reconciled: readonly Record<string, unknown>[];
  readonly notReconciled: readonly { readonly storage: string; readonly code: string }[];
}

/** One machine; each test goes on from where the one before it ended. */
describe('the storages, compared by the built command line with the log', () => {
  let site: Webshop;
  let made: RunAnswer;
  let damaged: Buffer;
  beforeAll(async () => {
    site = await openWebshop({ invoices: 5 });
    made = (await site.backUp()).run;
  });
  afterAll(() => site.close());

  const offsite = (): string => join(site.offsite, `webshop/hot/${made.backup}.zip`);
  const reconcile = async (...options: string[]) => {
    const answer = await site.havun(['storage:reconcile', '--json', ...options]);
    return { exitCode: answer.exitCode, ...(jsonOf(answer) as Answer) };
  };

  it('have nothing to tell after a backup', async () => {
    const { exitCode, reconciled, open } = await reconcile();
    expect({ exitCode, open }).toEqual({ exitCode: 0, open: 0 });
    expect(reconciled).toMatchObject([
      { storage: 'local', copies: 1, usage: [{ project: 'webshop', tier: 'hot', files: 2 }] },
      { storage: 'hetzner', copies: 1, availableBytes: expect.any(Number) },
    ]);
  });

  it('tell by listing alone, in a dry run, what is there and should not be, and record nothing', async () => {
    await writeFile(join(site.offsite, 'webshop/hot/ev\u001b[2Jil.zip'), 'x');
    const whole = await readFile(offsite());
    damaged = Buffer.from(whole);
    damaged[damaged.length >> 1]! ^= 1;
    await writeFile(offsite(), damaged);
    const { exitCode, reconciled } = await reconcile('--dry-run', '--storage=hetzner');
    expect({ exitCode, reconciled }).toMatchObject({
      exitCode: 1,
      reconciled: [{ storage: 'hetzner', damaged: 0, hashed: 0, unknown: { files: 1 } }],
    });
    const { stdout } = await site.havun(['storage', 'reconcile', '--dry-run']);
    expect(stdout).toContain('ev\\x1b[2Jil.zip');
    expect(stdout).not.toContain('\u001b[2J');
    const { events } = jsonOf(await site.havun(['backup:show', made.backup, '--json'])) as { events: unknown[] };
    expect(events).toHaveLength(7);
  });

  it('tell of a flipped bit once everything is read back, in words that name the backup and what to do', async () => {
    const { exitCode, stdout } = await site.havun(['storage:reconcile', '--hash-all']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`hetzner: ${made.backup} is damaged`);
    expect(stdout).toContain('havun storage:reconcile --repair');
    const [backup] = jsonOf(await site.havun(['backup:list', '--json'])) as { status: string }[];
    expect(backup?.status).toBe('partial');
  });

  it('are whole again after a repair, which keeps the bad file', async () => {
    const { reconciled, open } = await reconcile('--repair');
    expect(reconciled[1]).toMatchObject({
      damaged: 1,
      repaired: 1,
      badCopies: [{ backup: made.backup, defect: 'damaged', repaired: true }],
    });
    expect(open).toBe(1);
    expect(await readFile(offsite())).toEqual(await readFile(join(site.backups, `webshop/hot/${made.backup}.zip`)));
    const after = await reconcile('--storage=hetzner');
    expect(after.reconciled[0]).toMatchObject({ damaged: 0, unknown: { files: 2 } });
    const [backup] = jsonOf(await site.havun(['backup:list', '--json'])) as { status: string }[];
    expect(backup?.status).toBe('success');
  });

  it('are compared as far as they can be reached', async () => {
    await rm(join(site.offsite, 'webshop'), { recursive: true });
    const { exitCode, notReconciled, reconciled } = await reconcile();
    expect({ exitCode, notReconciled }).toMatchObject({
      exitCode: 1,
      notReconciled: [{ storage: 'hetzner', code: 'STORAGE_EMPTY' }],
    });
    expect(reconciled).toMatchObject([{ storage: 'local', missing: 0 }]);
  });

  it('are not compared on a command line that makes no sense', async () => {
    for (const options of [
      ['--storage=nowhere'],
      ['--hash-all', '--hash-bytes=1'],
      ['--dry-run', '--repair'],
      ['--hash-bytes=x'],
    ])
      expect((await site.havun(['storage:reconcile', ...options])).exitCode).toBe(2);
  });
});
