/**
 * The main job, end to end, on this machine, without touching anything of yours: the embedded stack backs up a sample project
 * with its own database, verifies, lists and shows the backup; a drill proves it; then something is lost, and a restore brings it
 * back. Everything is under `.cache/demo`, which is made again each time.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSampleDatabase } from './sample-database.mjs';
import { contentOf, loseFiles, writeSampleProject } from './sample-project.mjs';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(checkout, '.cache', 'demo');
const passphrase = 'demo-passphrase-not-for-real-use';

const say = (text) => console.log(`\n\x1b[1m${text}\x1b[0m`);

function havun(...args) {
  console.log(`$ havun ${args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg)).join(' ')}`);
  const { status } = spawnSync(process.execPath, [join(checkout, 'bin/havun.mjs'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, BACKUP_ENCRYPTION_PASSWORD: passphrase },
  });
  if (status !== 0) throw new Error(`havun ${args[0]} ended with exit code ${status}`);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const site = join(folder, 'site');

say('A sample project');
const files = writeSampleProject(site);
const database = await startSampleDatabase(folder);
console.log(`${files} files in ${site}, and ${database.description}`);

try {
  writeFileSync(
    join(folder, 'havun.yaml'),
    `data_dir: data
storage:
  local: {path: backups}
  offsite:
    second-disk: {type: local, path: offsite}   # stands in for an SFTP server
databases:
  main: ${JSON.stringify(database.server)}
projects:
  demoshop:
    type: laravel-app
    priority: critical
    schedule: "0 3 * * *"
    paths: {root: site, database: ${database.name}, server: main}
    include: {database: true, files: [storage/app/invoices, storage/app/exports], config: true}
    retention: {hot_retention_days: 30, archive_retention_years: 7, auto_cleanup_archive: false}
    compliance: {required: true, type: belastingdienst, data_classification: financial}
    encryption: {enabled: true, password: "\${BACKUP_ENCRYPTION_PASSWORD}"}
`,
    { mode: 0o600 },
  );
  say('Is the configuration good?');
  havun('config:check');
  say('Back it up, and wait until every copy is verified');
  havun('backup:run', '--project=demoshop', '--wait');
  say('What there is');
  havun('backup:list');
  const archive = readdirSync(join(folder, 'backups/demoshop/hot')).find((name) => name.endsWith('.zip'));
  const name = archive.replace(/\.zip$/, '');
  say('How it came about');
  havun('backup:show', name);

  say('Can it be restored? A drill does it beside production, and leaves nothing but its report');
  havun('backup:test', '--project=demoshop');

  say('An accident: orders and invoices are deleted, an export is emptied');
  const content = () => ({ database: database.content(), files: contentOf(site) });
  const good = content();
  loseFiles(site);
  database.lose();
  const broken = content();
  if (broken.database === good.database || broken.files === good.files) throw new Error('nothing was lost');

  say('Bring it back');
  havun('backup:restore', '--project=demoshop', '--latest', '--yes', '--reason=orders and invoices are gone');
  const restored = content();
  for (const part of ['database', 'files'])
    if (restored[part] !== good[part]) throw new Error(`the ${part} after the restore is not what was backed up`);
  console.log('\nEvery row and every file is what it was before the accident.');
  say('All is well: remove what was replaced');
  havun('restore:confirm', '--project=demoshop', '--yes');

  say('Where everything lies');
  console.log(`configuration   ${join(folder, 'havun.yaml')}
archive         ${join(folder, 'backups/demoshop/hot', archive)}
second copy     ${join(folder, 'offsite/demoshop/hot', archive)}
event log       ${join(folder, 'data/nats')}
tables          ${join(folder, 'data/read-model.sqlite')}
drill report    ${join(folder, 'backups/test-restores')}

Open the archive without us (passphrase: ${passphrase}):
  (cd ${join(folder, 'backups/demoshop/hot')} && sha256sum -c ${archive}.sha256)
  7z l ${join(folder, 'backups/demoshop/hot', archive)}
  7z x -o${join(folder, 'restored')} ${join(folder, 'backups/demoshop/hot', archive)}`);
} catch (error) {
  console.error(
    `\nThe demo failed: ${error.message}\nWhat it made is in ${folder}; the log of its stack in ${join(folder, 'data/log')}`,
  );
  process.exitCode = 1;
} finally {
  await database.stop();
}
