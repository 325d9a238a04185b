import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const invoices = 240;

/** Bytes that look random and are the same every time. */
function noise(seed, length) {
  const chunks = [];
  for (let counter = 0, made = 0; made < length; counter += 1) {
    const chunk = createHash('sha256').update(`${seed}/${counter}`).digest();
    chunks.push(chunk);
    made += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, length);
}

/** A Laravel-like project: invoices, exports, an `.env`. @returns how many files it has */
export function writeSampleProject(root) {
  const write = (path, content) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (let number = 1; number <= invoices; number += 1) {
    const head = `%PDF-1.4 invoice ${number}\n`;
    write(
      `storage/app/invoices/2025/${String(number).padStart(4, '0')}.pdf`,
      Buffer.concat([Buffer.from(head), noise(number, 20_000)]),
    );
  }
  const rows = Array.from(
    { length: 20_000 },
    (_, index) => `${index};klant ${index % 700};${(index * 37) % 9000};betaald`,
  );
  write('storage/app/exports/omzet.csv', `nr;klant;bedrag;status\n${rows.join('\n')}\n`);
  symlinkSync('omzet.csv', join(root, 'storage/app/exports/laatste.csv'));
  write('.env', 'APP_NAME=Demoshop\nAPP_ENV=production\n');
  write(
    'composer.json',
    JSON.stringify({ name: 'demo/shop', require: { php: '^8.2', 'laravel/framework': '^11.0' } }, null, 2),
  );
  write(
    'composer.lock',
    JSON.stringify(
      { packages: [{ name: 'laravel/framework', version: 'v11.34.2' }], platform: { php: '^8.2' } },
      null,
      2,
    ),
  );
  return invoices + 5;
}

/** Deletes invoices, damages an export, and adds an unwanted file. */
export function loseFiles(root) {
  for (let number = 1; number <= 40; number += 1)
    rmSync(join(root, `storage/app/invoices/2025/${String(number).padStart(4, '0')}.pdf`));
  writeFileSync(join(root, 'storage/app/exports/omzet.csv'), 'nr;klant;bedrag;status\n');
  writeFileSync(join(root, 'storage/app/invoices/2025/README_DECRYPT.txt'), 'Pay up.\n');
}

/** Every file and link of the project with a hash of its content, as text; without what a restore keeps beside them. */
export function contentOf(root) {
  const digest = (path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ entry, path }) => !entry.isDirectory() && !path.includes('.before-restore-'))
    .map(({ entry, path }) => `${path} ${entry.isSymbolicLink() ? readlinkSync(path) : digest(path)}`)
    .sort()
    .join('\n');
}
