import type { HavunConfig } from '@havun/config';
import { freeBytes } from '@havun/restore';
import { formatBytes } from '../figures.js';
import { failed, type Finding } from './finding.js';

/** Less free space than this is reported as a warning. */
const littleSpace = 1_000_000_000;

export async function checkSpace({ data_dir: dataDir }: Pick<HavunConfig, 'data_dir'>): Promise<Finding[]> {
  try {
    const free = await freeBytes(dataDir);
    return [
      {
        area: 'data_dir',
        status: free < littleSpace ? 'warning' : 'ok',
        detail: `${formatBytes(free)} free for the event log in ${dataDir}`,
        remedy: 'Make room: when this disk is full, no event can be recorded and no backup can run.',
      },
    ];
  } catch (error) {
    return [failed('data_dir', error)];
  }
}
