import type { SwapOptions } from '../database-kind.js';
import type { SwapRecord } from '../swap-decision.js';
import type { StrayKey } from './foreign-keys.js';
import type { RoutineGrant } from './routine-grants.js';
import { swapFolder } from '../work-folder.js';
import type { Objects } from './contents.js';

/** What a database has as a whole. */
export type WholeDatabase = Pick<Objects, 'charset' | 'collation' | 'comment'>;

/**
 * What a swap or an undo must know after a crash. `prepared`: the definitions are written down, and tables may have moved.
 * `moved`: every table is in its place. `done`: so is everything else.
 */
export interface SwapPlan {
  direction: 'swap' | 'undo';
  phase: 'prepared' | 'moved' | 'done';
  /** Undefined where there was no live database. */
  live?: WholeDatabase;
  /** What the live database becomes. Absent in plans of releases that left the live one's. */
  arriving?: WholeDatabase;
  /** Tables and sequences of the former live database and of the incoming one. */
  old: string[];
  incoming: string[];
  /** Those on routines of the live database that this user may give again. */
  grants?: RoutineGrant[];
  /** Foreign keys that are being led to their own database again: they may be gone for a moment. */
  keys?: Record<string, StrayKey[]>;
}

const [PLAN, LIVE, INCOMING] = ['swap.json', 'live-definitions.sql', 'incoming-definitions.sql'];

export const wholeOf = ({ charset, collation, comment }: WholeDatabase): WholeDatabase => ({
  charset,
  collation,
  ...(comment !== undefined && { comment }),
});

export const recordOf = (plan: SwapPlan | undefined): SwapRecord | undefined =>
  plan && { direction: plan.direction, hadLive: plan.live !== undefined, phase: plan.phase };

/** The files of one swap. Definitions hold events as they are when awake. */
export function swapFiles(options: Pick<SwapOptions, 'workFolder' | 'kept'>) {
  const folder = swapFolder(options);
  const definitions = async (name: string) => {
    const script = await folder.read(name);
    if (!script) throw new Error(`${options.workFolder} has lost ${name} of ${options.kept}`);
    return script;
  };
  return {
    async read(): Promise<SwapPlan | undefined> {
      const text = await folder.read(PLAN);
      return text && (JSON.parse(text.toString('utf8')) as SwapPlan);
    },
    write: (plan: SwapPlan) => folder.write(PLAN, JSON.stringify(plan, null, 2)),
    live: () => definitions(LIVE),
    incoming: () => definitions(INCOMING),
    writeLive: (script: Buffer) => folder.write(LIVE, script),
    writeIncoming: (script: Buffer) => folder.write(INCOMING, script),
  };
}
