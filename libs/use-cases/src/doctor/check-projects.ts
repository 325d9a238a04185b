import { projectSourceConfig, searchPath, type HavunConfig } from '@havun/config';
import { createSource, type SourcePlan } from '@havun/sources';
import { formatBytes } from '../figures.js';
import { failed, type Finding } from './finding.js';

/** What the next backup of each project of this machine would find. */
export async function checkProjects(config: HavunConfig): Promise<Finding[]> {
  const own = Object.entries(config.projects).filter(([, { enabled, host }]) => enabled && host === config.host);
  return (await Promise.all(own.map(([name]) => checkProject(config, name)))).flat();
}

async function checkProject(config: HavunConfig, name: string): Promise<Finding[]> {
  const area = `project ${name}`;
  try {
    const source = createSource(projectSourceConfig(config, name), { searchPath: searchPath() });
    return findingsOf(area, await source.plan());
  } catch (error) {
    return [failed(area, error)];
  }
}

function findingsOf(area: string, { problems, missing, warnings, database, bytes }: SourcePlan): Finding[] {
  const size = formatBytes(bytes);
  const good: Finding = {
    area,
    status: 'ok',
    detail: database
      ? `${size}; ${database.kind} ${database.server_version}, ${database.client} ${database.client_version}`
      : size,
  };
  const wrong = [...problems, ...missing].map(({ code, message, remedy }): Finding => ({
    area,
    status: 'failed',
    detail: `${message} [${code}]`,
    remedy,
  }));
  return [
    ...(wrong.length === 0 ? [good] : wrong),
    ...warnings.map(({ message }): Finding => ({ area, status: 'warning', detail: message })),
  ];
}
