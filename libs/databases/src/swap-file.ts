import type { SwapOptions } from './database-kind.js';
import type { SwapRecord } from './swap-decision.js';
import { swapFolder } from './work-folder.js';

/** What a swap must know after a crash, where each database moves as a whole. */
export interface SwapState {
  direction: 'swap' | 'undo';
  hadLive: boolean;
  /** The journal mode of a live SQLite file. */
  journal?: string | undefined;
  done: boolean;
}

const NAME = 'swap.json';

export const recordOf = (state: SwapState | undefined): SwapRecord | undefined =>
  state && { direction: state.direction, hadLive: state.hadLive, phase: state.done ? 'done' : 'prepared' };

export function swapFile(options: Pick<SwapOptions, 'workFolder' | 'kept'>) {
  const folder = swapFolder(options);
  return {
    async read(): Promise<SwapState | undefined> {
      const text = await folder.read(NAME);
      return text && (JSON.parse(text.toString('utf8')) as SwapState);
    },
    async write(state: SwapState): Promise<SwapState> {
      await folder.write(NAME, JSON.stringify(state, null, 2));
      return state;
    },
  };
}
