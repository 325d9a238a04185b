/**
 * What a new user experiences: `npm test` and `npm run demo` of the committed state, on a fresh Debian with nothing but Node.
 * `node tools/campaigns/debian.mjs 12` or `13`, with `[--node=MAJOR] [--run=COMMAND]... [--keep]`, as root. The system is under `.cache/roots`, in its own namespaces except for the network.
 * The last line is the sum of the tests; a command that failed without giving a sum counts as one failure. It ends with 1 where a
 * command failed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { install } from '../bootstrap/debian.mjs';
import { provideNode } from '../bootstrap/other-node.mjs';
import { cache, checkout, findProgram, isRoot, Missing, run, say } from '../bootstrap/run.mjs';

const codenames = { 12: 'bookworm', 13: 'trixie' };
const mirror = 'http://deb.debian.org/debian';
/** The path of the checkout in the new system. */
const place = '/srv/havuncore-backup';
const usage = 'Usage: node tools/campaigns/debian.mjs <12|13> [--node=20|22|24] [--run=<command>]... [--keep]';

const { values, positionals } = parseArgs({
  options: {
    node: { type: 'string', default: '20' },
    run: { type: 'string', multiple: true, default: ['npm test', 'npm run demo'] },
    keep: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [release] = positionals;
if (!Object.hasOwn(codenames, release ?? '')) {
  console.error(usage);
  process.exit(2);
}

/** Kills the running command at once, with everything that it has started: `unshare` lets no other signal through. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop.abort());

try {
  if (!isRoot) throw new Missing('Only root can make a Debian to try it on.', 'Run it as root.');
  const root = await freshSystem(release, values.node);
  try {
    process.exitCode = await tryAll(root, values.run);
  } finally {
    if (!values.keep) await rm(root, { recursive: true, force: true });
  }
} catch (error) {
  console.error(`${error.message} ${error.remedy ?? ''}`);
  process.exitCode = 1;
}

/** A Debian made by debootstrap, which is kept; and a copy of it with Node, npm and the checkout's last commit. */
async function freshSystem(release, major) {
  const base = join(cache, 'roots', `debian-${release}`);
  if (!existsSync(base)) await makeBase(base, codenames[release]);
  const root = join(cache, 'roots', `try-${release}-node-${major}-${process.pid}`);
  say(`copying Debian ${release}`);
  await run('cp', ['-a', '--reflink=auto', base, root]);
  await installNode(root, await provideNode(major));
  for (const file of ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs/ca-certificates.crt']) {
    if (existsSync(file)) await cp(file, join(root, file), { dereference: true, force: true });
  }
  await mkdir(join(root, place), { recursive: true });
  await run('sh', ['-c', 'git archive HEAD | tar -x -C "$1"', 'sh', join(root, place)]);
  return root;
}

async function makeBase(base, codename) {
  if (!(await findProgram('debootstrap'))) await install(['debootstrap']);
  say(`making a Debian ${codename} in ${base}`);
  await rm(`${base}.part`, { recursive: true, force: true });
  await mkdir(dirname(base), { recursive: true });
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates', codename, `${base}.part`, mirror]);
  await rename(`${base}.part`, base);
}

async function installNode(root, programs) {
  const local = join(root, 'usr/local');
  await cp(join(programs, 'node'), join(local, 'bin/node'));
  await chmod(join(local, 'bin/node'), 0o755);
  const npm = join((await run('npm', ['root', '--global'])).trim(), 'npm');
  await cp(npm, join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
}

/** Runs the commands in order, also after one that failed. @returns 1 where one failed */
async function tryAll(root, commands) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const failed = [];
  for (const command of commands) {
    if (stop.signal.aborted) break;
    say(`${command}, on Debian ${release} with Node ${values.node}`);
    const { code, sums } = await runIn(root, command);
    if (code !== 0) failed.push(command);
    if (code !== 0 && sums.length === 0) sum.failed += 1;
    for (const [, ...counts] of sums) Object.keys(sum).forEach((key, i) => (sum[key] += Number(counts[i])));
  }
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return failed.length > 0 || stop.signal.aborted ? 1 : 0;
}

/** When the command ends, everything that it has started ends, and its mounts are gone. */
async function runIn(root, command) {
  const script = [
    'set -e',
    'mount -t proc proc "$1/proc"',
    'for path in dev sys; do mount --rbind "/$path" "$1/$path"; done',
    'exec chroot "$1" /bin/bash -c "$2"',
  ].join('\n');
  await writeFile(join(root, 'usr/local/bin/try'), `#!/bin/sh\ncd ${place} && ${command}\n`, { mode: 0o755 });
  const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const kept = ['http_proxy', 'https_proxy', 'no_proxy', 'NODE_EXTRA_CA_CERTS'].map((name) => [
    name,
    process.env[name],
  ]);
  const env = Object.fromEntries([['PATH', PATH], ['HOME', '/root'], ['LANG', 'C.UTF-8'], ['CI', 'true'], ...kept]);
  const args = ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', script, 'bash', root, 'exec try'];
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  stop.signal.addEventListener('abort', () => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    text += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (ended) => resolve(ended ?? 1));
  });
  return { code, sums: [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)] };
}
