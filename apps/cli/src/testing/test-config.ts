import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type HavunConfig } from '@havun/config';
import { temporaryFolder } from '@havun/test-servers';

/** Two projects: one here, with a database and a test environment that has none; one on another machine. */
export async function testConfig(): Promise<HavunConfig> {
  const { path: folder, remove } = await temporaryFolder('havun-cli-');
  const common = { type: 'laravel-app', encryption: { enabled: false } };
  const settings = {
    databases: { main: { type: 'mariadb', host: 'localhost', port: 3306, username: 'backup', password: 'x' } },
    storage: { local: { path: '/backups' } },
    projects: {
      havunadmin: {
        ...common,
        paths: { root: '/srv/admin', database: 'admin', server: 'main' },
        test: { root: '/srv/test' },
      },
      elsewhere: {
        ...common,
        host: 'web2',
        paths: { root: '/srv/other', database: 'other', server: 'main' },
      },
    },
  };
  const path = join(folder, 'havun.yaml');
  await writeFile(path, JSON.stringify(settings));
  try {
    return await loadConfig({ path, env: {} });
  } finally {
    await remove();
  }
}
