// MySQL and MariaDB can't rename a database. One RENAME TABLE moves all tables. Triggers and views can't take part in it, so
// they, routines and events are dropped before and created again afterwards. The plan file and the present places of the tables
// decide which of them still have to move.
// Grants on the database and its tables go by name and stay valid; those on single routines are given again.
import type { StepWatch, SwapOptions } from '../database-kind.js';
import { nextOfSwap, type Present } from '../swap-decision.js';
import { refusal, swapFailed } from '../swap-errors.js';
import { queryRows, type MysqlLocation } from './client.js';
import { defaultsFrom, hasTableOf, listObjects, quoted, type Objects } from './contents.js';
import { makeAnew, redirected, takeOut, writtenDown } from './definitions.js';
import type { EventState } from './event-state.js';
import { keysOf, ownKey, strayKeys, type StrayKey } from './foreign-keys.js';
import { propertiesClause } from './import.js';
import { importSession } from './import-session.js';
import { propertiesOf } from './properties.js';
import { grantAgain, routineGrants, type RoutineGrant } from './routine-grants.js';
import { recordOf, swapFiles, wholeOf, type SwapPlan, type WholeDatabase } from './swap-plan.js';

/** How long a statement waits for transactions that use a table, in seconds; other statements wait behind it. */
const LOCK_WAIT = 30;

/** The parts of a swap and of its undo: statements on one server, and files that outlive a crash. */
export class SwapSteps {
  readonly files: ReturnType<typeof swapFiles>;

  constructor(
    private readonly location: MysqlLocation,
    readonly options: SwapOptions,
    private readonly watch: StepWatch | undefined,
  ) {
    this.files = swapFiles(options);
  }

  at = (database: string): MysqlLocation => ({ ...this.location, database });
  objects = (name: string): Promise<Objects | undefined> => listObjects(this.location, name, this.options.signal);

  /** The content of each of the three databases that exists. */
  async found(): Promise<Found> {
    const { live, incoming, kept } = this.options;
    return {
      live: await this.objects(live),
      incoming: await this.objects(incoming),
      kept: await this.objects(kept),
    };
  }

  /** Watched statements run one by one, others in one connection. */
  async execute(database: string, statements: string[]): Promise<void> {
    const batches = this.watch ? statements.map((statement) => [statement]) : statements.length > 0 ? [statements] : [];
    for (const batch of batches) {
      await this.watch?.(batch.join('\n'));
      const sql = [
        `SET SESSION lock_wait_timeout = ${LOCK_WAIT};`,
        `${importSession(this.location.server)};`,
        ...batch,
      ].join('\n');
      await queryRows(this.at(database), sql, this.options.signal, 'restore');
    }
  }

  async save(plan: SwapPlan): Promise<SwapPlan> {
    await this.watch?.(`${plan.direction} is ${plan.phase}`);
    await this.files.write(plan);
    return plan;
  }

  /** The definitions of `name`, as if it were called `as`. `awake` where its events sleep. */
  async writeDown(name: string, objects: Objects, events: EventState, as = name): Promise<Buffer> {
    const script = await writtenDown(this.at(name), objects, this.options.signal);
    const isTableToo = hasTableOf(name, objects);
    return redirected(script, { from: name, into: as, events, onReplica: objects.onReplica, isTableToo });
  }

  async takeOut(...names: string[]): Promise<void> {
    for (const name of names) {
      const objects = await this.objects(name);
      if (objects) await this.execute(name, takeOut(name, objects));
    }
  }

  /** Gives a database exactly the views, routines, triggers and events of a script that was written down from `from`. */
  async put(name: string, from: string, script: Buffer, events: EventState, like?: WholeDatabase): Promise<void> {
    await this.takeOut(name);
    await this.watch?.(`definitions of ${name}`);
    const named = await this.objects(name);
    const isTableToo = named !== undefined && hasTableOf(from, named);
    const own = redirected(script, { from, into: name, events, isTableToo });
    await makeAnew(this.at(name), own, this.options.signal);
    if (like) await this.execute(name, [`ALTER DATABASE ${quoted(name)} ${propertiesClause(propertiesOf(like))};`]);
  }

  /** Moved columns in `name` that still take their default from a sequence of `from` take it from their own database. */
  async takeSequences(name: string, from: string): Promise<void> {
    const columns = await defaultsFrom(this.at(name), { table: name, sequences: from }, this.options.signal);
    const statements = columns.map(([table = '', column = '', expression = '']) => {
      const own = expression.replaceAll(`nextval(${quoted(from)}.`, `nextval(${quoted(name)}.`);
      return `ALTER TABLE ${quoted(name)}.${quoted(table)} ALTER COLUMN ${quoted(column)} SET DEFAULT (${own});`;
    });
    await this.execute(name, statements);
  }

  /** Leads the foreign keys of moved tables to their own database. Those of `plan` were begun before a crash. */
  async ownKeys(plan: SwapPlan, databases: readonly string[]): Promise<SwapPlan> {
    const { live, incoming, kept, signal } = this.options;
    const keys: Record<string, StrayKey[]> = { ...plan.keys };
    for (const name of databases) {
      const others = [live, incoming, kept].filter((other) => other !== name);
      const found = await strayKeys(this.at(name), name, others, signal);
      const isNew = (key: StrayKey) => !keys[name]?.some((one) => one.table === key.table && one.name === key.name);
      keys[name] = [...(keys[name] ?? []), ...found.filter(isNew)];
    }
    if (Object.values(keys).every((one) => one.length === 0)) return plan;
    const begun = await this.save({ ...plan, keys });
    for (const name of databases) {
      const there = new Set((await keysOf(this.at(name), name, signal)).map(String));
      for (const key of keys[name] ?? []) {
        await this.execute(name, ownKey(name, key, there.has(String([key.table, key.name]))));
      }
    }
    return begun;
  }

  /** The grants on routines of `live` that this user may give: it gives them, as they are, before anything changes. */
  async grants(): Promise<RoutineGrant[]> {
    const { live, signal } = this.options;
    const may: RoutineGrant[] = [];
    for (const grant of await routineGrants(this.at(live), live, signal)) {
      const isGiven = await this.give(grant).catch(() => false);
      if (isGiven) may.push(grant);
    }
    signal?.throwIfAborted();
    return may;
  }

  /** For those of the routines that are there. */
  async giveAgain(grants: readonly RoutineGrant[] = []): Promise<void> {
    const routines = (await this.objects(this.options.live))?.routines ?? [];
    for (const grant of grants) {
      if (routines.some(({ kind, name }) => kind === grant.kind && name === grant.routine)) await this.give(grant);
    }
  }

  private async give(grant: RoutineGrant): Promise<true> {
    const { live, signal } = this.options;
    await queryRows(this.at(live), grantAgain(live, grant), signal, 'restore');
    return true;
  }

  async create(name: string, like: WholeDatabase | undefined): Promise<void> {
    const clause = propertiesClause(like && propertiesOf(like));
    await this.execute(name, [`CREATE DATABASE IF NOT EXISTS ${quoted(name)} ${clause};`]);
  }

  async rename(moves: { table: string; from: string; to: string }[]): Promise<void> {
    if (moves.length === 0) return;
    const parts = moves.map(
      ({ table, from, to }) => `${quoted(from)}.${quoted(table)} TO ${quoted(to)}.${quoted(table)}`,
    );
    await this.execute(this.options.live, [`RENAME TABLE ${parts.join(', ')};`]);
  }

  /** Drops a database after all of its tables have moved. @throws DatabaseError where a table is left. */
  async dropEmpty(name: string): Promise<void> {
    const left = movable(await this.objects(name));
    if (left.length > 0) throw swapFailed(name, `still has ${left.join(', ')}, so it is not dropped`);
    await this.drop(name);
  }

  drop = (name: string): Promise<void> => this.execute(name, [`DROP DATABASE IF EXISTS ${quoted(name)};`]);
}

export type Found = Record<keyof Present, Objects | undefined>;

export const present = ({ live, incoming, kept }: Found): Present => ({
  live: live !== undefined,
  incoming: incoming !== undefined,
  kept: kept !== undefined,
});

/** What RENAME TABLE moves. */
export const movable = (objects: Objects | undefined): string[] =>
  objects ? [...objects.tables, ...objects.sequences] : [];

export async function swap(steps: SwapSteps): Promise<void> {
  let plan = await steps.files.read();
  const found = await steps.found();
  const next = nextOfSwap(recordOf(plan), present(found), 'by steps');
  if (next.do === 'nothing') return;
  if (next.do === 'refuse') throw refusal(next.why, steps.options);
  if (next.do === 'begin' || !plan) plan = await prepare(steps, found);
  if (next.do !== 'finish') plan = await move(steps, plan);
  await finish(steps, plan);
}

async function prepare(steps: SwapSteps, { live: now, incoming: next }: Found): Promise<SwapPlan> {
  const { live, incoming } = steps.options;
  if (!next) throw refusal('INCOMING_MISSING', steps.options);
  await steps.files.writeIncoming(await steps.writeDown(incoming, next, 'awake'));
  if (now) await steps.files.writeLive(await steps.writeDown(live, now, 'same'));
  const whole = { ...(now && { live: wholeOf(now) }), arriving: wholeOf(next) };
  const grants = now ? await steps.grants() : [];
  return steps.save({
    direction: 'swap',
    phase: 'prepared',
    ...whole,
    grants,
    old: movable(now),
    incoming: movable(next),
  });
}

async function finish(steps: SwapSteps, moved: SwapPlan): Promise<void> {
  const { live, incoming, kept } = steps.options;
  const plan = await steps.ownKeys(moved, [live, ...(moved.live ? [kept] : [])]);
  await steps.takeSequences(live, incoming);
  await steps.put(live, incoming, await steps.files.incoming(), 'same', plan.arriving ?? plan.live);
  await steps.giveAgain(plan.grants);
  if (plan.live) await steps.put(kept, live, await steps.files.live(), 'asleep', plan.live);
  await steps.dropEmpty(incoming);
  await steps.save({ ...plan, phase: 'done' });
}

async function move(steps: SwapSteps, prepared: SwapPlan): Promise<SwapPlan> {
  const { live, incoming, kept } = steps.options;
  if (prepared.live) await steps.create(kept, prepared.live);
  else await steps.create(live, await steps.objects(incoming));
  await steps.takeOut(live, incoming);
  const { live: now, incoming: next, kept: old } = await steps.found();
  const [arriving, put] = [movable(next), movable(old)];
  const arrived = prepared.incoming.filter((table) => !arriving.includes(table));
  const isNew = (table: string) => arrived.includes(table) && (!prepared.old.includes(table) || put.includes(table));
  const leaving = movable(now).filter((table) => !isNew(table));
  // Includes tables that the application has created since.
  const plan = { ...prepared, old: [...new Set([...prepared.old, ...leaving])] };
  if (plan.old.length > prepared.old.length) await steps.save(plan);
  await steps.rename([
    ...leaving.map((table) => ({ table, from: live, to: kept })),
    ...arriving.map((table) => ({ table, from: incoming, to: live })),
  ]);
  return steps.save({ ...plan, phase: 'moved' });
}
