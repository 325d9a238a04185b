import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, win32 } from 'node:path';
import type { z } from 'zod';
import type { HavunConfig } from './config.js';
import { parseConfigDocument, type ConfigDocument } from './document.js';
import { ConfigError, renderProblem, type ConfigProblem } from './problem.js';
import { ruleProblems } from './rules.js';
import { configSchema, type ParsedConfig } from './schema.js';
import { schemaProblems } from './schema-problems.js';
import { substituteVariables, type Environment, type Substituted } from './variables.js';
import { warningsOf } from './warnings.js';

export interface ConfigSource {
  readonly path: string;
  readonly env: Environment;
}

export interface ConfigCheck {
  readonly path: string;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Present where there are no problems. */
  readonly config?: HavunConfig;
}

/** @throws ConfigError with every problem at once */
export async function loadConfig(source: ConfigSource): Promise<HavunConfig> {
  const { config, problems, path } = await checkConfig(source);
  if (config) return config;
  throw new ConfigError(
    'CONFIG_INVALID',
    `${path} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((each) => `  ${renderProblem(each)}`).join('\n')}`,
    'Mend what is listed, and look again with «havun config:check».',
    problems,
  );
}

/** Everything that is wrong, and everything that a person should look at. @throws ConfigError only where the file can't be read */
export async function checkConfig({ path, env }: ConfigSource): Promise<ConfigCheck> {
  const document = parseConfigDocument(await readText(path));
  if (document.data === undefined) return { path, problems: document.problems, warnings: [] };
  const substituted = substituteVariables(document.data, env);
  const data = withAbsolutePaths(substituted.data, dirname(path));
  const result = parseLeniently(data, substituted);
  const found = [
    ...document.problems,
    ...substituted.problems,
    ...(result.success ? [] : schemaProblems(configSchema, data, result.error.issues)),
    ...ruleProblems(data),
  ];
  const problems = placed(document, unlessUnresolved(found, substituted));
  if (!result.success || problems.length > 0) return { path, problems, warnings: [] };
  const config = complete(result.data);
  const { mode } = await stat(path);
  const warnings = placed(document, warningsOf(config, substituted, mode));
  return { path, problems: [], warnings, config };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(
      'CONFIG_UNREADABLE',
      `${path} can't be read: ${(error as Error).message}`,
      'Check that it exists and that this user may read it.',
      [],
      { cause: error },
    );
  }
}

/** Variables are text. Where the schema wants a number or a truth value, and the text is one, it is taken for it. */
function parseLeniently(data: unknown, { fromVariables }: Substituted): z.ZodSafeParseResult<ParsedConfig> {
  const first = configSchema.safeParse(data);
  if (first.success) return first;
  let changed = false;
  for (const issue of first.error.issues) {
    if (issue.code !== 'invalid_type' || !fromVariables.has(issue.path.join('.'))) continue;
    const holder = issue.path
      .slice(0, -1)
      .reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown>)[part], data) as Record<
      PropertyKey,
      unknown
    >;
    const key = issue.path.at(-1);
    if (key === undefined) continue;
    const value = scalarFrom(String(holder[key]), issue.expected);
    if (value === undefined) continue;
    holder[key] = value;
    changed = true;
  }
  return changed ? configSchema.safeParse(data) : first;
}

function scalarFrom(text: string, expected: string): number | boolean | undefined {
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (expected !== 'number' && expected !== 'int') return undefined;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Nothing more can be said of a value whose variable is missing. */
const unlessUnresolved = (
  problems: readonly ConfigProblem[],
  { unresolved, problems: own }: Substituted,
): ConfigProblem[] => problems.filter((problem) => !unresolved.has(problem.path) || own.includes(problem));

/** In the order of the file, each once. */
function placed(document: ConfigDocument, problems: readonly ConfigProblem[]): ConfigProblem[] {
  const withPlaces = problems.map((problem) => ({ ...document.placeOf(problem.path.split('.')), ...problem }));
  const unique = new Map(withPlaces.map((problem) => [`${problem.path}\n${problem.message}`, problem]));
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** Keys that hold a path on this machine; `*` stands for any name. */
const pathKeys = [
  'data_dir',
  'nats.credentials_file',
  'nats.tls.ca_file',
  'nats.tls.cert_file',
  'nats.tls.key_file',
  'read_model.path',
  'databases.*.folder',
  'databases.*.ssl.ca_file',
  'storage.local.path',
  'storage.offsite.*.private_key_file',
  'projects.*.paths.root',
].map((key) => key.split('.'));

/** Relative paths are relative to the folder that the file lies in. */
function withAbsolutePaths(data: unknown, folder: string): unknown {
  const copy = structuredClone(data);
  const visit = (value: unknown, rest: readonly string[]): unknown => {
    if (rest.length === 0) return absolute(value, folder);
    if (typeof value !== 'object' || value === null) return value;
    const holder = value as Record<string, unknown>;
    const [key = '', ...deeper] = rest;
    for (const name of key === '*' ? Object.keys(holder) : [key]) {
      if (Object.hasOwn(holder, name)) holder[name] = visit(holder[name], deeper);
    }
    return holder;
  };
  for (const key of pathKeys) visit(copy, key);
  const offsite = (copy as { storage?: { offsite?: Record<string, unknown> } } | null)?.storage?.offsite;
  for (const storage of Object.values(offsite ?? {}) as ({ type?: unknown; path?: unknown } | null)[]) {
    if (storage?.type === 'local') storage.path = absolute(storage.path, folder);
  }
  return copy;
}

const absolute = (value: unknown, folder: string): unknown =>
  typeof value === 'string' && !isAbsolute(value) && !win32.isAbsolute(value) ? resolve(folder, value) : value;

function complete(parsed: ParsedConfig): HavunConfig {
  const { read_model: tables } = parsed;
  return {
    ...parsed,
    read_model:
      tables.type === 'sqlite'
        ? { type: 'sqlite', path: tables.path ?? join(parsed.data_dir, 'read-model.sqlite') }
        : tables,
    projects: Object.fromEntries(
      Object.entries(parsed.projects).map(([name, project]) => [
        name,
        { ...project, host: project.host ?? parsed.host },
      ]),
    ),
  };
}
