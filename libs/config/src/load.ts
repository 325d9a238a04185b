import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { coerceVariables } from './coerce.js';
import { completeConfig, type HavunConfig } from './config.js';
import { openKeyWarnings } from './open-keys.js';
import { ownPlaceProblems } from './own-places.js';
import { parseConfigDocument, type ConfigDocument } from './document.js';
import { ConfigError, renderProblem, type ConfigProblem } from './problem.js';
import { withAbsolutePaths } from './relative-paths.js';
import { ruleProblems } from './rules.js';
import { configSchema, type ParsedConfig } from './schema/config.js';
import { schemaProblems } from './schema-problems.js';
import { substituteVariables, type Environment, type Substituted } from './variables.js';
import { refuseUntrusted } from './trust.js';
import { warningsOf } from './warnings.js';

export interface ConfigSource {
  readonly path: string;
  readonly env: Environment;
}

export interface ConfigCheck {
  readonly path: string;
  readonly ok: boolean;
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Present where `ok`. */
  readonly config?: HavunConfig;
}

/** @throws ConfigError with every problem at once */
export async function loadConfig(source: ConfigSource): Promise<HavunConfig> {
  const { config, problems, path } = await checkConfig(source);
  if (config) return config;
  throw invalidConfig(path, problems);
}

export const invalidConfig = (path: string, problems: readonly ConfigProblem[]): ConfigError =>
  new ConfigError(
    'CONFIG_INVALID',
    `${path} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((each) => `  ${renderProblem(each)}`).join('\n')}`,
    'Fix what is listed, then check again with «havun config:check».',
    problems,
  );

/** All errors and all warnings. @throws ConfigError only where the file can't be read */
export async function checkConfig({ path, env }: ConfigSource): Promise<ConfigCheck> {
  const { text, mode } = await readConfigFile(path);
  const document = parseConfigDocument(text);
  if (document.data === undefined) return { path, ok: false, problems: document.problems, warnings: [] };
  const substituted = substituteVariables(document.data, env);
  const { result, problems, warnings } = examine(substituted, dirname(path));
  const wrong = placed(document, [...document.problems, ...problems]);
  if (!result.success || wrong.length > 0) {
    return { path, ok: false, problems: wrong, warnings: placed(document, warnings) };
  }
  const config = completeConfig(result.data);
  const badPlaces = await ownPlaceProblems(config);
  if (badPlaces.length > 0)
    return { path, ok: false, problems: placed(document, badPlaces), warnings: placed(document, warnings) };
  return {
    path,
    ok: true,
    problems: [],
    warnings: placed(document, [
      ...warnings,
      ...warningsOf(config, substituted, mode),
      ...(await openKeyWarnings(config)),
    ]),
    config,
  };
}

export async function readConfigFile(path: string): Promise<{ text: string; mode: number }> {
  try {
    const file = await open(path);
    try {
      const found = await file.stat();
      refuseUntrusted(path, found, process.getuid?.() ?? 0);
      return { text: await file.readFile('utf8'), mode: found.mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      'CONFIG_UNREADABLE',
      `${path} can't be read: ${(error as Error).message}`,
      'Check that it exists and that this user may read it.',
      [],
      { cause: error },
    );
  }
}

interface Examined {
  readonly result: z.ZodSafeParseResult<ParsedConfig>;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

function examine(substituted: Substituted, folder: string): Examined {
  const { data, problems: pathProblems } = withAbsolutePaths(substituted.data, folder);
  let result = configSchema.safeParse(data);
  if (!result.success && coerceVariables(data, result.error.issues, substituted)) result = configSchema.safeParse(data);
  const context = { schema: configSchema, data, hidden: substituted.fromVariables };
  const ofShape = result.success ? [] : schemaProblems(context, result.error.issues);
  const needed = new Set(ofShape.map(({ path }) => path));
  const isTolerated = ({ path }: ConfigProblem): boolean => substituted.leftOut.has(path) && !needed.has(path);
  return {
    result,
    problems: [
      ...substituted.problems.filter((each) => !isTolerated(each)),
      ...[...pathProblems, ...ofShape, ...ruleProblems(data)].filter(({ path }) => !substituted.unresolved.has(path)),
    ],
    warnings: substituted.problems.filter(isTolerated),
  };
}

/** In the order of the file, without duplicates. */
function placed(document: ConfigDocument, problems: readonly ConfigProblem[]): ConfigProblem[] {
  const withPlaces = problems.map((problem) => ({ ...document.placeOf(problem.path), ...problem }));
  const unique = new Map(withPlaces.map((problem) => [`${problem.path}\n${problem.message}`, problem]));
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
