import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tablesOf } from '@havun/read-model/testing';
import { jsonOf } from './testing/havun.js';
import {
  emptyFile,
  emptyFolder,
  environmentFile,
  executableFile,
  invoicePath,
  invoiceText,
  privateFile,
  symlinkTo,
  unicodeFile,
} from './testing/laravel-project.js';
import { itWith, run as runTool } from './testing/programs.js';
import { hashesUnder, sha256 } from './testing/site.js';
import { archivePassphrase, openWebshop, type Webshop } from './testing/webshop.js';
import { contentOf } from './testing/webshop-database.js';

const invoices = 2_000;
const namePattern = /^\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-webshop$/;

describe('a real project, backed up by the built command line', () => {
  let site: Webshop;
  let answer: Awaited<ReturnType<Webshop['backUp']>>;
  let archive: string;
  let extracted: string;
  let before: Record<string, string>;

  beforeAll(async () => {
    site = await openWebshop({ invoices });
    before = await contentOf(site.mariadb, 'webshop');
    answer = await site.backUp();
    archive = join(site.backups, 'webshop', 'hot', `${answer.run.backup}.zip`);
    extracted = join(site.folder, 'extracted');
    await runTool('7z', ['x', `-p${archivePassphrase}`, `-o${extracted}`, archive]);
  });

  afterAll(() => site.close());

  it('ends with success, exit code 0, and verified copies in both storages', async () => {
    const { exitCode, run, stderr } = answer;
    expect({ exitCode, run, stderr }).toMatchObject({
      exitCode: 0,
      run: {
        project: 'webshop',
        backup: expect.stringMatching(namePattern),
        status: 'success',
        sha256: await sha256Of(archive),
        bytes: (await stat(archive)).size,
        copies: [
          { storage: 'local', path: `webshop/hot/${run.backup}.zip`, verified: true },
          { storage: 'hetzner', path: `webshop/hot/${run.backup}.zip`, verified: true },
        ],
      },
    });
  });

  it('leaves the archive and its checksum in each storage, and nothing else', async () => {
    const files = [`webshop/hot/${answer.run.backup}.zip`, `webshop/hot/${answer.run.backup}.zip.sha256`];
    const here = await hashesUnder(site.backups);
    expect(Object.keys(here)).toEqual(files);
    expect(await hashesUnder(site.offsite)).toEqual(here);
  });

  itWith('sha256sum', 'gives checksums that sha256sum confirms, locally and on the SFTP server', async () => {
    for (const base of [site.backups, site.offsite]) {
      const said = await runTool(
        'sha256sum',
        ['--strict', '-c', `${answer.run.backup}.zip.sha256`],
        join(base, 'webshop/hot'),
      );
      expect(said).toBe(`${answer.run.backup}.zip: OK\n`);
    }
  });

  itWith('7z', 'opens with 7-Zip without a warning, and not without the passphrase', async () => {
    const said = await runTool('7z', ['t', `-p${archivePassphrase}`, archive]);
    expect(said).toContain('Everything is Ok');
    expect(said).not.toMatch(/warning|error/i);
    await expect(runTool('7z', ['t', '-pwrong', archive])).rejects.toThrow(/Wrong password/);
  });

  itWith('php', 'opens with the ZipArchive of PHP', async () => {
    const script = `$zip = new ZipArchive(); if ($zip->open($argv[1], ZipArchive::RDONLY) !== true) exit(1);
      $zip->setPassword($argv[2]); echo json_encode([$zip->numFiles, $zip->getFromName($argv[3])]);`;
    const said = await runTool('php', ['-r', script, '--', archive, archivePassphrase, `files/${unicodeFile.path}`]);
    const [entries, content] = JSON.parse(said) as [number, string];
    expect(entries).toBeGreaterThan(invoices);
    expect(content).toBe(unicodeFile.content);
  });

  itWith('bsdtar', 'opens with bsdtar', async () => {
    const listed = (await runTool('bsdtar', ['-tf', archive])).split('\n');
    expect(listed).toContain(`files/${unicodeFile.path}`);
    expect(listed).toContain('database.sql');
    const entry = `files/${invoicePath(7)}`;
    const content = await runTool('bsdtar', ['-xOf', archive, '--passphrase', archivePassphrase, entry]);
    expect(content).toBe(invoiceText(7));
  });

  it('holds every file as it was: names, contents, modes, links, empty ones', async () => {
    const files = join(extracted, 'files');
    expect(await hashesUnder(join(files, 'storage'))).toEqual(await hashesUnder(join(site.root, 'storage')));
    expect(await readFile(join(extracted, 'env-backup.txt'), 'utf8')).toBe(environmentFile);
    expect((await lstat(join(files, privateFile.path))).mode & 0o777).toBe(privateFile.mode);
    expect((await lstat(join(files, executableFile.path))).mode & 0o777).toBe(executableFile.mode);
    expect(await readlink(join(files, symlinkTo.path))).toBe(symlinkTo.target);
    expect((await stat(join(files, emptyFile))).size).toBe(0);
    expect(await readdir(join(files, emptyFolder))).toEqual([]);
  });

  it('has a manifest that names every entry, the versions, and the rows of each table', async () => {
    const manifest = JSON.parse(await readFile(join(extracted, 'backup-manifest.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const text = JSON.stringify(manifest);
    expect(text).toContain('11.34.2');
    expect(text).toContain(invoicePath(invoices - 1));
    expect(text).toContain('"password_resets"');
    expect(text).not.toContain(archivePassphrase);
  });

  it('has a dump that imports into an empty database, in which everything is equal', async () => {
    const { mariadb } = site;
    await mariadb.rootClient('CREATE DATABASE restored CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;');
    await mariadb.rootClient(await readFile(join(extracted, 'database.sql')), 'restored');
    expect(await contentOf(mariadb, 'restored')).toEqual(before);
    expect(await mariadb.rootClient('SELECT COUNT(*) FROM orders', 'restored')).toBe('3000\n');
    expect(await mariadb.rootClient('SELECT with_vat(100)', 'restored')).toBe('121.0000\n');
    await mariadb.rootClient('INSERT INTO orders (customer_id, total) VALUES (1, 1)', 'restored');
    expect(await mariadb.rootClient('SELECT COUNT(*) FROM order_log', 'restored')).toBe('3001\n');
    // The comparison itself sees one row that differs.
    await mariadb.rootClient('UPDATE attachments SET content = CONCAT(content, CHAR(0)) WHERE id = 7', 'restored');
    expect((await contentOf(mariadb, 'restored'))['rows of attachments']).not.toBe(before['rows of attachments']);
  });

  it('is one row of backup_logs, with what is on the disks', async () => {
    const rows = tablesOf(join(site.dataDir, 'read-model.sqlite'))['backup_logs'];
    expect(rows).toEqual([
      {
        id: expect.any(Number),
        project: 'webshop',
        project_type: 'laravel-app',
        backup_name: answer.run.backup,
        backup_date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/),
        backup_size: (await stat(archive)).size,
        backup_checksum: await sha256Of(archive),
        disk_local: 1,
        disk_offsite: 1,
        offsite_path: `hetzner:webshop/hot/${answer.run.backup}.zip`,
        status: 'success',
        error_message: null,
        duration_seconds: expect.any(Number),
        is_encrypted: 1,
        retention_years: 7,
        can_auto_delete: 0,
        notification_sent: 0,
        notified_at: null,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
  });

  it('is listed and shown as it ended', async () => {
    const [listed, shown] = await Promise.all([
      site.havun(['backup:list', '--project=webshop', '--json']),
      site.havun(['backup:show', answer.run.backup, '--json']),
    ]);
    expect(listed.exitCode).toBe(0);
    // Node 22 warns of its SQLite.
    expect(listed.stderr).not.toContain('Warning');
    expect(jsonOf(listed)).toMatchObject([
      {
        name: answer.run.backup,
        id: answer.run.id,
        status: 'success',
        archive: { sha256: answer.run.sha256, size: answer.run.bytes, encrypted: true },
        copies: [
          { storage: 'local', state: 'verified' },
          { storage: 'hetzner', state: 'verified' },
        ],
        failure: null,
      },
    ]);
    expect(shown.exitCode).toBe(0);
    const { name, id, events } = jsonOf(shown) as { name: string; id: string; events: { event: { type: string } }[] };
    expect({ name, id }).toEqual({ name: answer.run.backup, id: answer.run.id });
    expect(events.map(({ event }) => event.type).filter((type) => type !== 'Verified' && type !== 'Uploaded')).toEqual([
      'BackupRequested',
      'BackupStarted',
      'ArchiveCreated',
      'BackupCompleted',
    ]);
  });

  it('leaves a configuration and a machine that config:check and doctor find good', async () => {
    const [checked, examined] = await Promise.all([
      site.havun(['config:check', '--json']),
      site.havun(['doctor', '--json']),
    ]);
    expect(checked.exitCode).toBe(0);
    expect(jsonOf(checked)).toMatchObject({ ok: true, problems: [] });
    const { ok, findings } = jsonOf(examined) as {
      ok: boolean;
      findings: { area: string; status: string; detail: string }[];
    };
    expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
    expect({ ok, exitCode: examined.exitCode }).toEqual({ ok: true, exitCode: 0 });
    expect(findings.map(({ area }) => area)).toEqual(
      expect.arrayContaining([
        'nats',
        'event log',
        'clock',
        'storage local',
        'storage hetzner',
        'project webshop',
        'data_dir',
      ]),
    );
  });

  it('is brought up to the same tables by a rebuild', async () => {
    const rowsOf = (): unknown[] => {
      const { backup_logs, backup_runs, audit_log, projection_checkpoints } = tablesOf(
        join(site.dataDir, 'read-model.sqlite'),
      );
      return [backup_logs, backup_runs, audit_log, projection_checkpoints];
    };
    const were = rowsOf();
    const rebuilt = await site.havun(['projection:rebuild', '--json']);
    expect(rebuilt.exitCode).toBe(0);
    expect(rowsOf()).toEqual(were);
  });
});

const sha256Of = async (file: string): Promise<string> => sha256(await readFile(file));
