import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchema } from './json-schema.js';
import { checkText } from './testing/check-text.js';
import { projectPolicy } from './config.js';
import { environment } from './environment.js';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../config');
const example = resolve(folder, 'havun.example.yaml');
/** Checked as a file of its own: how others may write the checkout's is up to the umask of who has cloned it. */
const exampleText = readFileSync(example, 'utf8');
const published = resolve(folder, 'havun.schema.json');

const env = {
  DB_PASSWORD: 'a password',
  STORAGE_BOX_HOST: 'u1.your-storagebox.de',
  STORAGE_BOX_USER: 'u1',
  STORAGE_BOX_HOST_KEY: `SHA256:${'a'.repeat(43)}`,
  BACKUP_ENCRYPTION_PASSWORD: 'correct horse battery staple',
  SLACK_BACKUP_WEBHOOK: 'https://hooks.slack.example.org/services/x',
};

describe('config/havun.example.yaml', () => {
  it('passes, and warns of nothing but keys that nothing acts on yet, once its variables are set', async () => {
    const { config, problems, warnings } = await checkText(exampleText, env);
    expect(problems).toEqual([]);
    expect(warnings.map(({ message }) => message).filter((message) => !message.startsWith('has no effect: '))).toEqual(
      [],
    );
    const policies = ['havunadmin', 'herdenkingsportaal', 'havuncore', 'havun-mcp'].map((name) => {
      const { priority, projectType, retentionYears, canAutoDelete, encrypted } = projectPolicy(config!, name);
      return [name, projectType, priority, retentionYears, canAutoDelete, encrypted];
    });
    expect(policies).toEqual([
      ['havunadmin', 'laravel-app', 'critical', 7, false, true],
      ['herdenkingsportaal', 'laravel-app', 'critical', 7, false, true],
      ['havuncore', 'laravel-package', 'high', 3, true, true],
      ['havun-mcp', 'nodejs-app', 'medium', 1, true, false],
    ]);
  });

  it('names every variable that it needs when none is set', async () => {
    const { problems } = await checkText(exampleText);
    const named = problems.flatMap(({ message }) => /variable (\w+) is not set/.exec(message)?.slice(1) ?? []);
    expect([...new Set(named)].sort()).toEqual(Object.keys(env).sort());
    expect(named).toHaveLength(problems.length);
  });
});

describe('config/havun.schema.json', () => {
  it('is what the schema gives (else: UPDATE_CONFIG_SCHEMA=1 with this test, then prettier --write config)', () => {
    const generated = configJsonSchema();
    if (environment()['UPDATE_CONFIG_SCHEMA'] === '1') writeFileSync(published, JSON.stringify(generated, null, 2));
    expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(JSON.parse(JSON.stringify(generated)));
  });

  it('takes the example as it stands, and refuses what is misspelt in it', () => {
    const schema = z.fromJSONSchema(JSON.parse(readFileSync(published, 'utf8')) as z.core.JSONSchema.BaseSchema);
    expect(schema.safeParse(parse(exampleText)).error).toBeUndefined();
    for (const [right, wrong] of [
      ['hot_retention_days:', 'hot_retention:'],
      ['type: laravel-app', 'type: laravel'],
      ['max_connections: 4', 'max_connections: four'],
      ['havunadmin:', 'Havun Admin:'],
    ] as const) {
      expect(schema.safeParse(parse(exampleText.replace(right, wrong))).success).toBe(false);
    }
  });

  /** Databases and storages describe their options in their own libraries. */
  const isOwn = (path: string): boolean => !/\/(databases|offsite)\/additionalProperties/.test(path);

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties = {} } = node as { properties?: Record<string, { description?: string }> };
      for (const [key, child] of Object.entries(properties)) {
        if (child.description === undefined && isOwn(path)) undescribed.push(`${path}/${key}`);
      }
      for (const [key, child] of Object.entries(node)) {
        if (key !== 'default' && key !== 'examples') visit(child, `${path}/${key}`);
      }
    };
    visit(configJsonSchema(), '');
    expect(undescribed).toEqual([]);
  });
});
