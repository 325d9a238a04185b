import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig, loadConfig, type ConfigCheck } from '../load.js';
import type { HavunConfig } from '../config.js';
import type { Environment } from '../variables.js';

/** Runs with the text as `havun.yaml` in a folder of its own. */
export async function withConfigFile<Result>(
  text: string,
  use: (path: string, folder: string) => Promise<Result>,
  mode = 0o600,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'havun-config-'));
  try {
    const path = join(folder, 'havun.yaml');
    await writeFile(path, text);
    await chmod(path, mode);
    return await use(path, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const checkText = (text: string, env: Environment = {}, mode?: number): Promise<ConfigCheck> =>
  withConfigFile(text, (path) => checkConfig({ path, env }), mode);

export const loadText = (text: string, env: Environment = {}): Promise<HavunConfig> =>
  withConfigFile(text, (path) => loadConfig({ path, env }));

/** The shortest valid configuration, with `top` added at the top level and `project` to its only project. */
export const minimal = ({ top = '', project = '' }: { top?: string; project?: string } = {}): string => `
storage: {local: {path: /backups}}
${top}
projects:
  tool:
    type: nodejs-app
    paths: {root: /srv/tool}
    encryption: {password: 'correct horse battery'}
${project.replaceAll(/^/gm, '    ')}
`;
