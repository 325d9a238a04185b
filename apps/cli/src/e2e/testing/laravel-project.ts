import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file whose whole path is outside ASCII, and what it holds. */
export const unicodeFile = { path: 'storage/app/exports/Ümsätze 日本/facturé ☕ №1.csv', content: 'één;twee\n1;🎉\n' };
export const privateFile = { path: 'storage/app/private/key.pem', content: 'not really a key\n', mode: 0o600 };
export const executableFile = { path: 'storage/app/bin/rotate.sh', content: '#!/bin/sh\nexit 0\n', mode: 0o755 };
export const emptyFolder = 'storage/app/exports/leeg';
export const emptyFile = 'storage/app/exports/niets.txt';
export const symlinkTo = { path: 'storage/app/invoices/latest', target: '2025/11' };
export const environmentFile = 'APP_NAME=Webshop\nAPP_ENV=production\n';

/** Writes a project as a Laravel application looks, with so many invoices in nested folders. */
export async function writeLaravelProject(root: string, { invoices }: { readonly invoices: number }): Promise<void> {
  for (let first = 0; first < invoices; first += 100) {
    const numbers = Array.from({ length: Math.min(100, invoices - first) }, (_, index) => first + index);
    await Promise.all(numbers.map((number) => write(root, invoicePath(number), invoiceText(number))));
  }
  await Promise.all([
    write(root, unicodeFile.path, unicodeFile.content),
    write(root, privateFile.path, privateFile.content, privateFile.mode),
    write(root, executableFile.path, executableFile.content, executableFile.mode),
    write(root, emptyFile, ''),
    write(root, '.env', environmentFile),
    write(root, 'artisan', '#!/usr/bin/env php\n'),
    write(root, 'composer.json', JSON.stringify({ require: { php: '^8.2', 'laravel/framework': '^11.0' } })),
    write(root, 'composer.lock', JSON.stringify({ packages: [{ name: 'laravel/framework', version: 'v11.34.2' }] })),
    mkdir(join(root, emptyFolder), { recursive: true }),
  ]);
  await symlink(symlinkTo.target, join(root, symlinkTo.path));
}

export const invoicePath = (number: number): string =>
  `storage/app/invoices/2025/${String((number % 12) + 1).padStart(2, '0')}/klant-${number % 7}/${String(number).padStart(5, '0')}.txt`;

export const invoiceText = (number: number): string =>
  `Factuur ${number}\n${`regel met wat tekst en een bedrag van € ${number},00\n`.repeat((number % 9) + 1)}`;

async function write(root: string, path: string, content: string, mode?: number): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  if (mode !== undefined) await chmod(file, mode);
}
