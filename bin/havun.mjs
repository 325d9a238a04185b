#!/usr/bin/env node
// The command line of a checkout: makes the bundle when it is missing or older than its sources, then becomes it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = join(root, 'dist/apps/cli/main.js');

function newestSource() {
  const files = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return Math.max(...files);
}

if (!existsSync(bundle) || statSync(bundle).mtimeMs < newestSource()) {
  execFileSync(process.execPath, [join(root, 'tools/build/bundle.mjs'), 'cli'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
await import(bundle);
