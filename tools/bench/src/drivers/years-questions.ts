/**
 * What people ask of logs of many years, through the use cases of the commands, and in one process, so that starting Node does
 * not hide what the log costs. The stacks are up side by side, and are asked in turn. Each question is asked first when the
 * server has forgotten what it has read of the log, and then again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { loadConfig, type HavunConfig } from '@havun/config';
import { openEventStore, type EventStore } from '@havun/event-store';
import { openReadModel, type ReadModel } from '@havun/read-model';
import { findBackup, interruptedRuns, newestRestores, ProjectNames } from '@havun/use-cases';
import { nameOf, instantOf, projectOf } from '../data/years.js';
import { answer, driverInput, timed } from '../measure/driver.js';
import { median } from '../measure/sample.js';
import type { StackAddress } from '../measure/stack.js';

export interface YearsQuestionsInput {
  readonly stacks: readonly (StackAddress & { readonly configFile: string; readonly backups: number })[];
  readonly passes: number;
}

interface Asked {
  readonly backups: number;
  readonly store: EventStore;
  readonly config: HavunConfig;
  readonly tables: ReadModel;
  close(): Promise<void>;
}

/** nats-server forgets a block of the log ten seconds after it was last read. */
const forgottenAfterMs = 12_000;
const timesAgain = 5;

/** A question, about the run of this number where it is about one. */
type Question = (asked: Asked, run: number) => Promise<unknown>;

const choose =
  (criterion: (run: number) => Parameters<typeof findBackup>[2]): Question =>
  async (asked, run) => {
    const { kind } = await findBackup(asked, projectOf(run), criterion(run));
    if (kind !== 'found') throw new Error('no backup was chosen');
  };

const questions: Readonly<Record<string, Question>> = {
  show: async ({ store }, run) => {
    const id = await new ProjectNames(store, 'local', projectOf(run)).idOf('backups', nameOf(run));
    if (id === undefined) throw new Error(`${nameOf(run)} was not found`);
    await store.read({ host: 'local', category: 'backup', id });
  },
  latest: choose(() => ({ kind: 'latest' })),
  byName: choose((run) => ({ kind: 'name', name: nameOf(run) })),
  byDate: choose((run) => ({ kind: 'date', date: instantOf(run).toISOString().slice(0, 10) })),
  restoreList: (asked) => newestRestores(asked, Object.keys(asked.config.projects), 50),
  interrupted: ({ store, config, tables: { queries } }) =>
    interruptedRuns({ store, config, runningBackups: () => queries.runningBackups() }),
  backupList: ({ tables: { queries } }) => queries.listBackups({ limit: 50 }),
};

const { stacks, passes } = driverInput() as YearsQuestionsInput;
const all = await Promise.all(stacks.map(open));
const times = new Map<string, number[]>();
for (let pass = 0; pass < passes; pass++) {
  for (const [name, question] of Object.entries(questions)) {
    await sleep(forgottenAfterMs);
    for (let turn = 0; turn < all.length; turn++) await ask(all[(pass + turn) % all.length]!, name, question, pass);
  }
}
answer(Object.fromEntries([...times].map(([key, seconds]) => [key, median(seconds)])));
for (const { close } of all) await close();

async function open({
  url,
  user,
  password,
  configFile,
  backups,
}: YearsQuestionsInput['stacks'][number]): Promise<Asked> {
  const connection = await connect({ servers: url, user, pass: password });
  const config = await loadConfig({ path: configFile, env: {} });
  const store = await openEventStore(config.event_store, { connection });
  const tables = await openReadModel(config.read_model, { readOnly: true });
  const close = async (): Promise<void> => {
    await tables.close();
    await connection.close();
  };
  return { backups, store, config, tables, close };
}

async function ask(asked: Asked, name: string, question: Question, pass: number): Promise<void> {
  const run = Math.floor((asked.backups / passes) * (pass + 0.5));
  const take = async (which: string): Promise<void> => {
    const key = `${asked.backups}.${name}${which}`;
    times.set(key, [...(times.get(key) ?? []), await timed(() => question(asked, run))]);
  };
  await take('');
  for (let again = 0; again < timesAgain; again++) await take('Again');
}
