import { v5 as uuidv5 } from 'uuid';
import { localDate } from '../naming.js';

/** The namespace of the ids of scheduled drills. Changing it would make every quarter's drill a new one. */
const quarterNamespace = '0a4d5c3e-7b0e-4f5a-9d35-1c3d2f6f0e77';

/** The calendar quarter that an instant lies in, where people are: `2025-Q4`. */
export function quarterOf(instant: Date, timezone: string): string {
  const [year = '', month = '1'] = localDate(instant, timezone).split('-');
  return `${year}-Q${Math.ceil(Number(month) / 3)}`;
}

/** The id of the one scheduled drill that a quarter of a project can have (D7). */
export function quarterDrillId(project: string, quarter: string): string {
  return uuidv5(`${project}/${quarter}`, quarterNamespace);
}
