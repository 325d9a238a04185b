import { nextOfUndo } from '../swap-decision.js';
import { refusal } from '../swap-errors.js';
import { movable, present, type Found, type SwapSteps } from './swap.js';
import { recordOf, wholeOf, type SwapPlan } from './swap-plan.js';

/** Puts `kept` back in the place of `live`, from any point at which a swap or an undo has stopped. */
export async function undo(steps: SwapSteps): Promise<void> {
  const { live, incoming } = steps.options;
  const known = await steps.files.read();
  const found = await steps.found();
  const next = nextOfUndo(recordOf(known), present(found), 'by steps');
  if (next.do === 'nothing') return;
  if (next.do === 'refuse') throw refusal(next.why, steps.options);
  let plan = known?.direction === 'undo' ? known : await begin(steps, known, found);
  if (next.do === 'remove live') await steps.drop(live);
  if (next.do === 'bring back') plan = await bringBack(steps, plan);
  await steps.drop(incoming);
  await steps.save({ ...plan, phase: 'done' });
}

async function begin(steps: SwapSteps, swapped: SwapPlan | undefined, { kept: was }: Found): Promise<SwapPlan> {
  const { live, kept } = steps.options;
  if (swapped) return steps.save({ ...swapped, direction: 'undo', phase: 'prepared' });
  if (!was) throw refusal('KEPT_MISSING', steps.options);
  // The folder was lost, but the kept database tells enough.
  await steps.files.writeLive(await steps.writeDown(kept, was, 'awake', live));
  return steps.save({ direction: 'undo', phase: 'prepared', live: wholeOf(was), old: movable(was), incoming: [] });
}

async function bringBack(steps: SwapSteps, begun: SwapPlan): Promise<SwapPlan> {
  const { live, kept } = steps.options;
  const moved = begun.phase === 'prepared' ? await moveBack(steps, begun) : begun;
  const plan = await steps.ownKeys(moved, [live]);
  await steps.put(live, live, await steps.files.live(), 'same', plan.live);
  await steps.giveAgain(plan.grants);
  await steps.dropEmpty(kept);
  return plan;
}

async function moveBack(steps: SwapSteps, plan: SwapPlan): Promise<SwapPlan> {
  const { live, incoming, kept } = steps.options;
  await steps.create(live, plan.live);
  await steps.create(incoming, plan.live);
  await steps.takeOut(live, kept);
  const { live: now, kept: old, incoming: back } = await steps.found();
  const returning = movable(old);
  const begun = returning.length > 0 || plan.incoming.some((table) => !movable(back).includes(table));
  const isNew = (table: string) => returning.includes(table) || !plan.old.includes(table);
  await steps.rename([
    ...(begun ? movable(now).filter(isNew) : []).map((table) => ({ table, from: live, to: incoming })),
    ...returning.map((table) => ({ table, from: kept, to: live })),
  ]);
  return steps.save({ ...plan, phase: 'moved', keys: { [live]: plan.keys?.[kept] ?? [] } });
}
