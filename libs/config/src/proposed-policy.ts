import { z } from 'zod';
import type { RetentionPolicy } from '@havun/domain';
import { retentionPolicy, type HavunConfig } from './config.js';
import { parseConfigDocument } from './document.js';
import { invalidConfig, readConfigFile } from './load.js';
import { retentionProblems } from './retention-rules.js';
import { section } from './rule.js';
import { complianceOfProject, retentionOfProject } from './schema/project.js';
import { schemaProblems } from './schema-problems.js';

/** The sections of a project that say what is kept. One that is left out stays as it is configured. */
const proposalSchema = z.strictObject({
  retention: retentionOfProject.optional(),
  compliance: complianceOfProject.optional(),
});

/** The policy that a project would have under a proposal. @throws when there is no such project */
export type ProposedPolicy = (config: HavunConfig, project: string) => RetentionPolicy;

/**
 * Reads a proposed policy: a YAML file with `retention` and `compliance` as a project has them.
 * @throws ConfigError with every problem at once
 */
export async function loadProposedPolicy(path: string): Promise<ProposedPolicy> {
  const { text } = await readConfigFile(path);
  const { data, problems: invalid } = parseConfigDocument(text);
  if (invalid.length > 0) throw invalidConfig(path, invalid);
  const parsed = proposalSchema.safeParse(data);
  const wrong = parsed.success
    ? retentionProblems([], section(data))
    : schemaProblems({ schema: proposalSchema, data, hidden: new Set() }, parsed.error.issues);
  if (!parsed.success || wrong.length > 0) throw invalidConfig(path, wrong);
  const { retention, compliance } = parsed.data;
  return (config, project) => {
    const present = config.projects[project];
    if (!present) throw new Error(`loadProposedPolicy: "${project}" is not in the configuration`);
    const proposed = { ...present, ...(retention && { retention }), ...(compliance && { compliance }) };
    return retentionPolicy({ ...config, projects: { [project]: proposed } }, project);
  };
}
