import { v5 as uuidv5 } from 'uuid';
import { localDate } from '../naming.js';

/** The namespace of the ids of scheduled drills. If it changed, every quarter's drill would be a new one. */
const quarterNamespace = '0a4d5c3e-7b0e-4f5a-9d35-1c3d2f6f0e77';

/** The calendar quarter of an instant in local time: `2025-Q4`. */
export function quarterOf(instant: Date, timezone: string): string {
  const [year = '', month = '1'] = localDate(instant, timezone).split('-');
  return `${year}-Q${Math.ceil(Number(month) / 3)}`;
}

/** The id of the one scheduled drill that a quarter of a project can have (D7). */
export function quarterDrillId(project: string, quarter: string): string {
  return uuidv5(`${project}/${quarter}`, quarterNamespace);
}
