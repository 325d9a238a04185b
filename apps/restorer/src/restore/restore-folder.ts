import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Failure } from '@havun/domain';
import { databaseSwapSchema } from '@havun/restore';

const move = z
  .object({ staged: z.string().optional(), live: z.string(), kept: z.string(), replaces: z.boolean() })
  .transform(({ staged, ...rest }) => ({ ...rest, ...(staged !== undefined && { staged }) }));

const planSchema = z.object({
  version: z.literal(1),
  root: z.string(),
  token: z.string(),
  databases: z.array(databaseSwapSchema),
  /** The staged files; absent where no files are restored. */
  trees: z
    .object({
      token: z.string(),
      moves: z.array(move),
      staging: z.array(z.string()),
      entries: z.number(),
      bytes: z.number(),
      linksLeftOut: z.array(z.object({ path: z.string(), target: z.string() })),
      setIdsDropped: z.number().default(0),
    })
    .optional(),
  warnings: z.array(z.object({ code: z.string(), count: z.number() })),
});
/** Written before anything is replaced, so that every later attempt knows the plan. */
export type SwitchPlan = z.output<typeof planSchema>;

const failureSchema = z.object({ code: z.string(), message: z.string(), remedy: z.string() });

/** Steps that must be remembered across a crash. */
type Mark = 'swap-begun' | 'switched' | 'undo-begun' | 'confirm-begun';

/**
 * One restore's folder under the data folder: its journals, until it is confirmed or undone. Move it along when `data_dir` moves
 * between a restore and its confirmation.
 */
export class RestoreFolder {
  readonly path: string;

  constructor(dataDir: string, restoreId: string) {
    this.path = join(dataDir, 'restores', restoreId);
  }

  /** The folder of the files' journal; see `switchTrees`. */
  get trees(): string {
    return join(this.path, 'trees');
  }

  /** The definitions that a swap drops and creates again. */
  get databases(): string {
    return join(this.path, 'databases');
  }

  async make(): Promise<void> {
    for (const path of [this.path, this.trees, this.databases]) await mkdir(path, { recursive: true, mode: 0o700 });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async writePlan(plan: SwitchPlan): Promise<void> {
    await this.write('switch.json', JSON.stringify(plan, null, 2));
  }

  /** @throws where the folder was removed, or belongs to another machine */
  async plan(): Promise<SwitchPlan> {
    try {
      return planSchema.parse(JSON.parse(await readFile(join(this.path, 'switch.json'), 'utf8')));
    } catch (cause) {
      throw new JournalMissing(this.path, cause);
    }
  }

  /** The folders that an attempt is about to make beside its targets, so that they can be removed. */
  async noteStaging(folders: readonly string[]): Promise<void> {
    await this.write('staging.json', JSON.stringify(folders));
  }

  async staging(): Promise<string[]> {
    const text = await readFile(join(this.path, 'staging.json'), 'utf8').catch(() => '[]');
    return z.array(z.string()).parse(JSON.parse(text));
  }

  /** The switch failed and is being taken back. Even after a crash, it must not continue forwards. */
  async noteTakingBack(failure: Failure): Promise<void> {
    await this.write('taking-back.json', JSON.stringify(failure));
  }

  async takingBack(): Promise<Failure | undefined> {
    const text = await readFile(join(this.path, 'taking-back.json'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : failureSchema.parse(JSON.parse(text));
  }

  mark(mark: Mark): Promise<void> {
    return this.write(mark, '');
  }

  async isMarked(mark: Mark): Promise<boolean> {
    return stat(join(this.path, mark)).then(
      () => true,
      () => false,
    );
  }

  /** Atomic, and on disk when this resolves. */
  private async write(name: string, content: string): Promise<void> {
    const path = join(this.path, name);
    const temporary = `${path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(this.path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

export class JournalMissing extends Error {
  readonly code = 'JOURNAL_MISSING';
  readonly retryable = false;
  readonly remedy =
    'What was replaced lies beside its place under a name with «before-restore» and the time of the restore, and the old database under a name with «kept»: put them back by hand, or remove them.';
  constructor(path: string, cause: unknown) {
    super(`The journal of this restore is not there or can't be read: ${path}`, { cause });
    this.name = 'JournalMissing';
  }
}
