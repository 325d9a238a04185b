import { isTimezone } from '@havun/domain';
import { didYouMean } from './nearest.js';
import { pathText, type ConfigProblem } from './problem.js';
import { drillProblems } from './drill-rules.js';
import { projectProblems } from './project-rules.js';
import { retentionScheduleProblems } from './retention-rules.js';
import { cronProblems, problem, section, type Section } from './rule.js';
import { notificationChannels } from './schema/notifications.js';
import { remoteNatsKeys } from './schema/nats.js';

/**
 * Rules beyond the shape of each key. They work on the data as in the file, so that these problems are reported together with
 * those of the shape. Data of the wrong shape are skipped here.
 */
export function ruleProblems(data: unknown): ConfigProblem[] {
  const config = section(data);
  const databases = Object.keys(section(config['databases']));
  return [
    ...timezoneProblems(config['timezone']),
    ...natsProblems(section(config['nats']), section(config['event_store'])),
    ...cronProblems(section(config['monitoring'])['health_check_schedule'], ['monitoring', 'health_check_schedule']),
    ...drillProblems(config, databases),
    ...retentionScheduleProblems(section(config['retention'])),
    ...channelProblems(section(config['notifications'])),
    ...storageProblems(section(config['storage'])),
    ...Object.entries(section(config['projects'])).flatMap(([name, project]) =>
      projectProblems(['projects', name], section(project), databases),
    ),
  ];
}

function timezoneProblems(timezone: unknown): ConfigProblem[] {
  if (typeof timezone !== 'string' || timezone === '' || isTimezone(timezone)) return [];
  const hint = didYouMean(timezone, Intl.supportedValuesOf('timeZone'));
  return [problem(['timezone'], `"${timezone}" is not a known time zone${hint}`)];
}

function natsProblems(nats: Section, eventStore: Section): ConfigProblem[] {
  const embedded = (nats['url'] ?? 'embedded') === 'embedded';
  const outOfPlace = embedded ? remoteNatsKeys : (['server_binary'] as const);
  const why = embedded
    ? 'belongs to a server elsewhere, and nats.url is "embedded"'
    : 'belongs to nats.url: embedded, and nats.url is the address of a server';
  return [
    ...outOfPlace.filter((key) => nats[key] !== undefined).map((key) => problem(['nats', key], why)),
    ...(embedded && Number(eventStore['replicas'] ?? 1) > 1
      ? [problem(['event_store', 'replicas'], 'needs a NATS cluster, and nats.url is "embedded": one server')]
      : []),
  ];
}

function channelProblems(notifications: Section): ConfigProblem[] {
  const used = notifications['channels'];
  if (!Array.isArray(used)) return [];
  return notificationChannels
    .filter((channel) => used.includes(channel) && notifications[channel] === undefined)
    .map((channel) => problem(['notifications', channel], `is missing, and notifications.channels uses it`));
}

/** A second copy in the same place is no second copy. */
function storageProblems(storage: Section): ConfigProblem[] {
  const taken = new Map<string, string>();
  const local = section(storage['local'])['path'];
  if (typeof local === 'string') taken.set(local, 'storage.local');
  return Object.entries(section(storage['offsite'])).flatMap(([name, settings]) => {
    const at = ['storage', 'offsite', name];
    if (name === 'local') return [problem(at, '"local" is the name of storage.local: choose another')];
    const { type, host, port, username, path } = section(settings);
    if (typeof path !== 'string') return [];
    const place = type === 'local' ? path : [host, port ?? 22, username, path].join(' ');
    const before = taken.get(place);
    taken.set(place, pathText(at));
    return before === undefined
      ? []
      : [problem([...at, 'path'], `is also the place of ${before}: that is not a second copy`)];
  });
}
