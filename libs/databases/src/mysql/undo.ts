import { keptMissing } from '../swap-errors.js';
import { movable, type SwapSteps } from './swap.js';
import type { SwapPlan } from './swap-plan.js';

/** Puts `kept` back in the place of `live`, from wherever a swap, or this, has stopped. */
export async function undo(steps: SwapSteps): Promise<void> {
  const { live, kept, incoming } = steps.options;
  let plan = await steps.files.read();
  if (plan?.direction === 'undo' && plan.phase === 'done') return;
  if (!plan || plan.direction === 'swap') plan = await prepare(steps, plan);
  if (!plan) return;
  if (!plan.live) await steps.drop(live);
  else if (plan.phase === 'prepared') plan = await moveBack(steps, plan);
  if (plan.live) {
    await steps.put(live, live, await steps.files.live(), 'same', plan.live);
    await steps.dropEmpty(kept);
  }
  await steps.drop(incoming);
  await steps.save({ ...plan, phase: 'done' });
}

/** @returns undefined where no swap has changed anything. @throws DatabaseError KEPT_MISSING */
async function prepare(steps: SwapSteps, swapped: SwapPlan | undefined): Promise<SwapPlan | undefined> {
  const { live, kept, incoming } = steps.options;
  const was = await steps.objects(kept);
  if (swapped) {
    if (swapped.live && !was) return untouched(steps, swapped);
    return steps.save({ ...swapped, direction: 'undo', phase: 'prepared' });
  }
  if (!was) {
    if (await steps.objects(incoming)) return undefined;
    throw keptMissing(kept, live);
  }
  // The folder was lost, but what is kept says it all.
  await steps.files.writeLive(await steps.writeDown(kept, was, live));
  const charset = { charset: was.charset, collation: was.collation };
  return steps.save({ direction: 'undo', phase: 'prepared', live: charset, old: movable(was), incoming: [] });
}

/** A swap that had only been prepared has changed nothing; one that was done must still have what it kept. */
async function untouched(steps: SwapSteps, plan: SwapPlan): Promise<undefined> {
  const { live, kept, incoming } = steps.options;
  if (plan.phase !== 'prepared') throw keptMissing(kept, live);
  await steps.drop(incoming);
  await steps.save({ ...plan, direction: 'undo', phase: 'done' });
}

async function moveBack(steps: SwapSteps, plan: SwapPlan): Promise<SwapPlan> {
  const { live, incoming, kept } = steps.options;
  await steps.create(live, plan.live);
  await steps.create(incoming, plan.live);
  await steps.takeOut(live, kept);
  const [now, old, back] = [await steps.objects(live), await steps.objects(kept), await steps.objects(incoming)];
  const returning = movable(old);
  const begun = returning.length > 0 || plan.incoming.some((table) => !movable(back).includes(table));
  const isNew = (table: string) => returning.includes(table) || !plan.old.includes(table);
  await steps.rename([
    ...(begun ? movable(now).filter(isNew) : []).map((table) => ({ table, from: live, to: incoming })),
    ...returning.map((table) => ({ table, from: kept, to: live })),
  ]);
  return steps.save({ ...plan, phase: 'moved' });
}
