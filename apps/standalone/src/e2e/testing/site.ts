import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that are the same in every run and can't be compressed. */
export function noise(seed: string, bytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

export interface SiteSize {
  /** Text that takes long to compress, to about half its size. */
  readonly textBytes: number;
  readonly smallFiles: number;
}

/** The tree of a Node app. Its backup takes about a second for every 20 MB of text, at the highest compression. */
export async function writeSite(root: string, { textBytes, smallFiles }: SiteSize): Promise<void> {
  await mkdir(join(root, 'src'), { recursive: true });
  await mkdir(join(root, 'storage'), { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify({ name: 'site', version: '1.2.3' }));
  await writeFile(join(root, '.env'), 'APP_ENV=production\n');
  await writeFile(join(root, 'clients.json'), JSON.stringify({ clients: ['Zoë', 'Łukasz'] }));
  await writeFile(join(root, 'messages.json'), '[]');
  await writeFile(join(root, 'storage', 'export.txt'), noise(root.at(-1) ?? '', textBytes / 2).toString('hex'));
  for (let i = 0; i < smallFiles; i += 1) {
    const folder = join(root, 'src', `part-${i % 40}`);
    if (i < 40) await mkdir(folder);
    await writeFile(
      join(folder, `file-${i}.js`),
      `export const number = ${i};\n${noise(`${i}`, 200).toString('hex')}\n`,
    );
  }
}
