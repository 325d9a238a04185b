import type { BackupEvent, HavunEvent, NewEvent, ReservationEvent, StreamId } from '@havun/domain';
import { monthOf, nameStreams } from '@havun/domain';
import { backupEventsOf, uuid } from './history.js';
import { Random } from './random.js';

export interface PastEvent {
  readonly stream: StreamId;
  readonly event: NewEvent<HavunEvent>;
}

export const yearsProjects = 50;
const day = 86_400_000;
/** A little more than seven years before the driver's clock. */
const firstDay = Date.parse('2019-10-01T02:00:00.000Z');
export const instantOf = (run: number): Date => new Date(firstDay + Math.floor(run / yearsProjects) * day);
export const projectOf = (run: number): string => `project-${run % yearsProjects}`;

/** What fifty projects leave in the log with a backup a day: the runs, their names and the lists of these. */
export function* pastRuns(seed: string, from: number, to: number): Generator<PastEvent, void> {
  const random = new Random(`${seed}/years/${from}`);
  for (let run = from; run < to; run++) {
    const [instant, project, id] = [instantOf(run), projectOf(run), uuid(random)];
    const events = backupEventsOf(project, instant.getTime(), random);
    const meta = { correlationId: id, source: 'bench' };
    const streams = nameStreams('local', project);
    const date = instant.toISOString().slice(0, 10);
    const name = nameIn(events);
    const periods = periodsOf(instant);
    const append = (stream: StreamId, event: HavunEvent): PastEvent => ({
      stream,
      event: { id: uuid(random), event, ...meta },
    });
    const at = instant.toISOString();
    if (periods.isNewMonth || run < yearsProjects)
      yield append(streams.months('backups'), { type: 'NamePeriodsListed', at, data: { periods: periods.months } });
    yield append(streams.days('backups', monthOf(date)), {
      type: 'NamePeriodsListed',
      at,
      data: { periods: periods.days },
    });
    const reserved: ReservationEvent = { type: 'BackupNameReserved', at, data: { name, backupId: id } };
    yield append(streams.reservations('backups', date), reserved);
    for (const event of events) yield append({ host: 'local', category: 'backup', id }, event);
  }
}

function nameIn(events: readonly BackupEvent[]): string {
  const [first] = events;
  if (first?.type !== 'BackupRequested') throw new Error('a run begins with its request');
  return first.data.name;
}

interface Periods {
  readonly months: string[];
  readonly days: string[];
  readonly isNewMonth: boolean;
}

/** The lists as of that day. One day is made once for its fifty runs. */
function periodsOf(instant: Date): Periods {
  if (made?.time === instant.getTime()) return made.periods;
  const months: string[] = [];
  for (let at = new Date(firstDay); at <= instant;) {
    months.push(monthOf(at.toISOString()));
    at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  }
  const [month, today] = [monthOf(instant.toISOString()), instant.getUTCDate()];
  const days = Array.from({ length: today }, (_, index) => `${month}-${String(index + 1).padStart(2, '0')}`);
  made = { time: instant.getTime(), periods: { months, days, isNewMonth: today === 1 } };
  return made.periods;
}

let made: { readonly time: number; readonly periods: Periods } | undefined;
