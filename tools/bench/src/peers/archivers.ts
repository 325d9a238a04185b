import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../measure/run-measured.js';

/** Protects only data that anybody can generate. */
export const password = 'a passphrase for measurements';

/** The usual way in PHP: every file with addFile, all of it encrypted, written by close(). */
const phpProgram = `
$zip = new ZipArchive();
if ($zip->open($argv[2], ZipArchive::CREATE | ZipArchive::OVERWRITE) !== true) exit(1);
$zip->setPassword(getenv('BENCH_PASSWORD'));
$root = strlen($argv[1]) + 1;
$tree = new RecursiveDirectoryIterator($argv[1], FilesystemIterator::SKIP_DOTS);
foreach (new RecursiveIteratorIterator($tree, RecursiveIteratorIterator::LEAVES_ONLY) as $file) {
    $name = substr($file->getPathname(), $root);
    if (!$zip->addFile($file->getPathname(), $name) || !$zip->setEncryptionName($name, ZipArchive::EM_AES_256)) exit(2);
}
exit($zip->close() ? 0 : 3);`;

export const phpZip = (program: string, folder: string, archive: string): Command => ({
  program,
  args: ['-d', 'memory_limit=-1', '-r', phpProgram, '--', folder, archive],
  env: { BENCH_PASSWORD: password },
});

export const sevenZipPack = (program: string, folder: string, archive: string): Command => ({
  program,
  args: ['a', '-tzip', '-mem=AES256', '-mx=5', `-p${password}`, '-bd', archive, '.'],
  cwd: folder,
});

export const sevenZipUnpack = (program: string, archive: string, to: string): Command => ({
  program,
  args: ['x', `-p${password}`, '-bd', '-y', `-o${to}`, archive],
});

/** `init` makes the repository; `backup` is measured. */
export const resticCommand = (program: string, repository: string, args: readonly string[], cwd: string): Command => ({
  program,
  args: [...args, '--repo', repository, '--cache-dir', `${repository}-cache`],
  cwd,
  env: { RESTIC_PASSWORD: password, RESTIC_PROGRESS_FPS: '0.1' },
});

/** Bytes of all files below a folder, or of one file. */
export async function bytesBelow(path: string): Promise<number> {
  const own = await stat(path);
  if (!own.isDirectory()) return own.size;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
