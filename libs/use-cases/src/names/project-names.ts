import {
  dayFullCode,
  dayInName,
  localDate,
  monthOf,
  namePeriodsDecider,
  nameStreams,
  projectDecider,
  rangeOf,
  startOfNextDay,
  takenName,
  type Failure,
  type NamedRun,
  type NameRange,
  type ProjectCommand,
  type ProjectState,
  type ReservationEvent,
  type RunKind,
  type StreamId,
} from '@havun/domain';
import { execute, loadAggregate, loadLast, type EventStore, type Execution } from '@havun/event-store';
import type { NamingDeps } from './naming-deps.js';
import { EarlierNamesStream, namedIn, newestName } from './earlier-names.js';

export interface WantedName {
  readonly id: string;
  /** The time in the name: the cron slot, or the moment of the request. */
  readonly instant: Date;
  readonly timezone: string;
}

/**
 * The names of a project's backups and restores. They lie in short streams, so that a look-up costs the same after seven years as
 * on the first day (docs/adr/0016).
 */
export class ProjectNames {
  private readonly streams: ReturnType<typeof nameStreams>;
  private readonly earlier: EarlierNamesStream;

  constructor(
    private readonly store: EventStore,
    host: string,
    private readonly project: string,
  ) {
    this.streams = nameStreams(host, project);
    this.earlier = new EarlierNamesStream(store, this.streams);
  }

  /** The run with this name. */
  async idOf(kind: RunKind, name: string): Promise<string | undefined> {
    const day = dayInName(name);
    if (day === undefined) return undefined;
    const run = (await this.namesOf(kind, day)).find((each) => each.name === name);
    return run?.id ?? (await this.earlier.idOf(kind, name));
  }

  /** Every named run, newest name first; reads only as far as the caller goes. @param through the newest day wanted */
  async *newestFirst(kind: RunKind, through = '9999-12-31'): AsyncGenerator<NamedRun, void> {
    const range = (await this.earlier.summary())?.[kind];
    let earlier: NamedRun[] | undefined;
    for await (const run of this.listed(kind, through)) {
      if (range && range.newest > run.name) {
        earlier ??= (await this.earlier.newestFirst(kind, through)).reverse();
        for (let next = earlier.at(-1); next && next.name > run.name; next = earlier.at(-1)) {
          earlier.pop();
          yield next;
        }
      }
      yield run;
    }
    if (range) yield* earlier?.reverse() ?? (await this.earlier.newestFirst(kind, through));
  }

  /** The oldest name and the newest; undefined where there is none. */
  async range(kind: RunKind): Promise<NameRange | undefined> {
    const [earlier, ends] = [(await this.earlier.summary())?.[kind], [] as NamedRun[]];
    for (const isNewestFirst of [true, false]) {
      for await (const run of this.listed(kind, undefined, isNewestFirst)) {
        ends.push(run);
        break;
      }
    }
    const own = rangeOf(ends);
    if (!own || !earlier) return own ?? earlier;
    return {
      oldest: own.oldest < earlier.oldest ? own.oldest : earlier.oldest,
      newest: own.newest > earlier.newest ? own.newest : earlier.newest,
    };
  }

  /** Reserves a name for a run. The same id and instant always get the same name. */
  async reserve(kind: RunKind, { id, instant, timezone }: WantedName, deps: NamingDeps): Promise<string> {
    for (let at = instant; ; at = startOfNextDay(at, timezone)) {
      const day = localDate(at, timezone);
      const earlier = await this.earlier.ofDay(kind, day, deps);
      const known = earlier.find((run) => run.id === id);
      if (known) return known.name;
      const { decision, state } = await this.decide(kind, day, deps, {
        now: deps.clock.now().toISOString(),
        project: this.project,
        instant: at.toISOString(),
        timezone,
        taken: new Set(earlier.map(({ name }) => name)),
        ...(kind === 'backups'
          ? { type: 'ReserveBackupName', backupId: id }
          : { type: 'ReserveRestoreName', restoreId: id }),
      });
      const name = namedIn(state, kind).find((run) => run.id === id)?.name;
      if (name !== undefined) return name;
      if (decision.kind !== 'refused' || decision.refusal.code !== dayFullCode)
        throw new Error(`no name was reserved for ${id} of ${this.project}`);
    }
  }

  /** Reserves the existing name of a backup that was found, or says why it can't. `dryRun` reserves nothing. */
  async adopt({ name, id }: NamedRun, deps: NamingDeps, dryRun: boolean): Promise<'adopted' | 'known' | Failure> {
    const day = dayInName(name);
    if (day === undefined) return takenName(name);
    const earlier = await this.earlier.ofDay('backups', day, dryRun ? undefined : deps);
    const known = earlier.find((run) => run.name === name || run.id === id);
    if (known) return known.name === name && known.id === id ? 'known' : takenName(name);
    const command = { type: 'AdoptBackupName', now: deps.clock.now().toISOString(), name, backupId: id } as const;
    const stream = this.streams.reservations('backups', day);
    const decision = dryRun
      ? projectDecider.decide(command, (await loadAggregate(this.store, projectDecider, stream)).state)
      : (await this.decide('backups', day, deps, command)).decision;
    if (decision.kind === 'refused') return decision.refusal;
    return decision.kind === 'nothing' ? 'known' : 'adopted';
  }

  /** Lists the day before its first name is reserved, so that after any crash the lists lead to every name. */
  private async decide(
    kind: RunKind,
    day: string,
    meta: NamingDeps,
    command: ProjectCommand,
  ): Promise<Execution<ProjectState, ReservationEvent>> {
    const stream = this.streams.reservations(kind, day);
    const loaded = await loadAggregate(this.store, projectDecider, stream);
    if (loaded.events.length === 0) {
      const days = this.streams.days(kind, monthOf(day));
      if (!(await this.store.last(days))) await this.list(this.streams.months(kind), monthOf(day), meta);
      await this.list(days, day, meta);
    }
    return execute({ store: this.store, decider: projectDecider, stream, command, meta, loaded });
  }

  private async list(stream: StreamId, period: string, meta: NamingDeps): Promise<void> {
    const loaded = await loadLast(this.store, namePeriodsDecider, stream);
    const command = { type: 'ListPeriod', now: meta.clock.now().toISOString(), period } as const;
    await execute({ store: this.store, decider: namePeriodsDecider, stream, command, meta, loaded });
  }

  /** The names of the listed days, without those of release 0.1. */
  private async *listed(kind: RunKind, through = '9999-12-31', isNewestFirst = true): AsyncGenerator<NamedRun, void> {
    const inOrder = <Item>(items: readonly Item[]): Item[] => (isNewestFirst ? items.toReversed() : [...items]);
    const months = await this.periods(this.streams.months(kind));
    for (const month of inOrder(months.filter((each) => each <= monthOf(through)))) {
      const days = await this.periods(this.streams.days(kind, month));
      for (const day of inOrder(days.filter((each) => each <= through))) {
        yield* inOrder((await this.namesOf(kind, day)).reverse());
      }
    }
  }

  private async periods(stream: StreamId): Promise<readonly string[]> {
    return (await loadLast(this.store, namePeriodsDecider, stream)).state;
  }

  /** Newest first. */
  private async namesOf(kind: RunKind, day: string): Promise<NamedRun[]> {
    const { state } = await loadAggregate(this.store, projectDecider, this.streams.reservations(kind, day));
    return namedIn(state, kind).sort(newestName);
  }
}
