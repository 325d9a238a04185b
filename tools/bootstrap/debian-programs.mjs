// Programs from Debian. None of these packages starts a service or creates a database cluster; packages that would are only
// unpacked.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { install, newestOf, unpack } from './debian.mjs';
import { cache, findProgram, isExecutable, run, say } from './run.mjs';

/** For each package, programs that show whether it is installed. */
const mariadb = {
  'mariadb-server-core': ['mariadbd', 'mariadb-install-db'],
  'mariadb-client': ['mariadb', 'mariadb-dump'],
};
const forTests = {
  ...mariadb,
  'p7zip-full': ['7z'],
  'php-cli': ['php'],
  'libarchive-tools': ['bsdtar'],
  'openssh-client': ['ssh', 'ssh-keygen'],
  'openssh-sftp-server': ['/usr/lib/openssh/sftp-server'],
  iproute2: ['ss'],
  sqlite3: ['sqlite3'],
  jq: ['jq'],
};

/** Without MariaDB the demo still works, with SQLite. */
export const installDemoDatabase = () =>
  orSay('The demo goes on with SQLite', async () => install(await missing(mariadb)));

/** Each kind of server is independent: if one can't be provided, the tests of the others are still worth running. */
export async function installTestPrograms() {
  await orSay('The tests that need these will fail', async () => {
    const names = await missing(forTests);
    const modules = await run('php', ['-m']).catch(() => '');
    await install(/^zip$/m.test(modules) ? names : [...names, 'php-zip']);
  });
  await orSay('The SFTP tests will fail', provideSshd);
  await orSay('The PostgreSQL tests will fail', providePostgresql);
}

async function missing(wanted) {
  const names = [];
  for (const [name, programs] of Object.entries(wanted)) {
    const found = await Promise.all(programs.map((program) => findProgram(program)));
    if (found.includes(undefined)) names.push(name);
  }
  return names;
}

/** With libnss-wrapper, which gives an sshd that is not installed the user that its installation would have created. */
async function provideSshd() {
  const folder = join(cache, 'debian/openssh-server');
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const unpacked = ['sshd', 'libnss_wrapper.so'].every((name) => files.some((file) => basename(file) === name));
  if (unpacked || (await findProgram('sshd'))) return;
  await unpack(['openssh-server', 'libnss-wrapper'], folder, ['usr/sbin', 'usr/lib/openssh']);
}

async function providePostgresql() {
  const folder = join(cache, 'debian/postgresql');
  const programs = 'usr/lib/postgresql';
  for (const root of [join(folder, programs), `/${programs}`]) {
    for (const version of await readdir(root).catch(() => []))
      if (await isExecutable(join(root, version, 'bin/postgres'))) return;
  }
  const version = await newestOf('postgresql-');
  const names = [`postgresql-${version}`, `postgresql-client-${version}`];
  await unpack(names, folder, [`${programs}/${version}/bin`]);
}

async function orSay(consequence, step) {
  try {
    await step();
  } catch (error) {
    say(`${consequence}: ${error.message} ${error.remedy ?? ''}`);
  }
}
