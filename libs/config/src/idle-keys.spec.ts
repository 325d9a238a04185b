import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { idleKeys } from './idle-keys.js';
import { configJsonSchema } from './json-schema.js';
import { checkText, minimal } from './testing/check-text.js';

/** Every key that has an effect. A new key of the schema goes here, or among the idle ones. */
const actingKeys = `
  host data_dir timezone
  nats.url nats.user nats.password nats.credentials_file nats.monitor_url nats.server_binary
  nats.tls.ca_file nats.tls.cert_file nats.tls.key_file
  event_store.type event_store.replicas
  read_model.type read_model.path read_model.host read_model.port read_model.username read_model.password read_model.database
  databases.*.type databases.*.host databases.*.port databases.*.socket databases.*.username databases.*.password
  databases.*.restore_username databases.*.restore_password databases.*.ssl.ca_file databases.*.ssl.verify databases.*.folder
  storage.local.path
  storage.offsite.*.type storage.offsite.*.path storage.offsite.*.host storage.offsite.*.port storage.offsite.*.username
  storage.offsite.*.private_key_file storage.offsite.*.passphrase storage.offsite.*.password storage.offsite.*.host_key
  storage.offsite.*.max_connections
  projects.*.enabled projects.*.type projects.*.schedule projects.*.host
  projects.*.paths.root projects.*.paths.database projects.*.paths.server projects.*.paths.json_databases
  projects.*.include.database projects.*.include.config projects.*.include.git
  projects.*.include.files projects.*.include.files.path projects.*.include.files.optional
  projects.*.retention.hot_retention_days projects.*.retention.archive_retention_years
  projects.*.retention.auto_cleanup_archive
  projects.*.retention.keep.last projects.*.retention.keep.daily projects.*.retention.keep.weekly
  projects.*.retention.keep.monthly projects.*.retention.keep.yearly
  projects.*.compliance.required projects.*.compliance.type
  projects.*.encryption.enabled projects.*.encryption.password
  projects.*.test.root projects.*.test.database projects.*.test.server
  projects.*.restore.before projects.*.restore.after projects.*.restore.hook_timeout_seconds
  projects.*.drill.enabled projects.*.drill.schedule projects.*.drill.server
  scheduler.catch_up_hours
  runs.max_attempts
  drill.enabled drill.schedule drill.server
  retention.enabled retention.schedule retention.cooling_off_days retention.safety_backup_days
  retention.batch.max_share_percent retention.batch.min
  retention.reconcile_schedule retention.verify_again_days retention.verify_bytes_per_night retention.price_per_tb_month
  holds.release_by_second_person
  uploads.attempts uploads.first_delay_seconds uploads.max_delay_seconds uploads.wait_hours
  archive.level archive.parallelism archive.nice
  log.level
`
  .trim()
  .split(/\s+/);

type Node = Readonly<Record<string, unknown>>;

/** The keys of a JSON Schema that hold values; `*` stands for the names of a record, and list positions are left out. */
function keysOf(node: Node, path: readonly string[] = []): string[] {
  const {
    properties = {},
    additionalProperties,
    items,
    anyOf = [],
    oneOf = [],
  } = node as Record<string, Node | Node[]>;
  const named = Object.entries(properties as Record<string, Node>).flatMap(([key, child]) =>
    keysOf(child, [...path, key]),
  );
  const anyName = typeof additionalProperties === 'object' ? keysOf(additionalProperties as Node, [...path, '*']) : [];
  const options = [...(anyOf as Node[]), ...(oneOf as Node[]), ...(items ? [items as Node] : [])];
  const below = [...named, ...anyName, ...options.flatMap((option) => keysOf(option, path))];
  const isValue = options.length === 0 && named.length + anyName.length === 0;
  return [...new Set(isValue && path.length > 0 ? [path.join('.')] : below)];
}

const isBelow = (key: string, idle: string): boolean => key === idle || key.startsWith(`${idle}.`);

/** The sources, except those that only describe the configuration. */
function programText(): string {
  const root = join(import.meta.dirname, '../../..');
  return ['libs', 'apps']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((name) => /(?<!\.spec)\.ts$/.test(name) && !/\/testing\/|config\/src\/(schema|idle-keys)/.test(name))
    .map((name) => readFileSync(join(root, name), 'utf8'))
    .join('\n');
}

describe('keys that nothing acts on', () => {
  const all = keysOf(configJsonSchema());
  const isIdle = (key: string): boolean => idleKeys.some((idle) => isBelow(key, idle.key));

  it('are told apart from the others: every key of the schema is one or the other', () => {
    expect(all.filter((key) => !isIdle(key)).sort()).toEqual([...actingKeys].sort());
  });

  it('are all in the schema', () => {
    expect(idleKeys.filter(({ key }) => !all.some((each) => isBelow(each, key)))).toEqual([]);
  });

  it('are not called acting: the program names each acting key outside of the schema', () => {
    const text = programText();
    const unnamed = actingKeys.filter((key) => !new RegExp(`\\b${key.slice(key.lastIndexOf('.') + 1)}\\b`).test(text));
    expect(unnamed).toEqual([]);
  });

  it('are warned of once each, where the file has them, and not where a default fills them in', async () => {
    const idle = async (text: string): Promise<string[]> =>
      (await checkText(text)).warnings.flatMap(({ path, message }) =>
        message.startsWith('has no effect: ') ? [`${path}: ${/\(.*\)/.exec(message)?.[0] ?? ''}`] : [],
      );
    expect(await idle(minimal())).toEqual([]);
    const text = minimal({
      top: 'monitoring: {max_backup_age_hours: 3}',
      project: 'priority: high\ncompliance: {required: true, data_classification: financial}',
    });
    const two = `${text}  other:\n    type: nodejs-app\n    paths: {root: /srv/x}\n    encryption: {enabled: false}\n    priority: low\n`;
    expect(await idle(two)).toEqual([
      'monitoring: ',
      'projects.tool.priority: (1 more like it)',
      'projects.tool.compliance.data_classification: ',
    ]);
  });
});
