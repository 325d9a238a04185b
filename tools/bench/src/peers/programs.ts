import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** A program that we are compared with. */
export interface Peer {
  readonly name: string;
  /** The Debian packages with the program. */
  readonly packages: string;
  readonly programs: readonly string[];
  readonly version: readonly string[];
  /** Checks the program's output: whether the program has every part that is needed. */
  readonly probe?: { readonly args: readonly string[]; readonly expected: RegExp };
}

export const php: Peer = {
  name: 'PHP ZipArchive',
  packages: 'php-cli php-zip',
  programs: ['php'],
  version: ['-r', 'echo "PHP ", PHP_VERSION, ", libzip ", ZipArchive::LIBZIP_VERSION;'],
  probe: { args: ['-m'], expected: /^zip$/m },
};
export const sevenZip: Peer = { name: '7-Zip', packages: 'p7zip-full', programs: ['7z', '7zz'], version: ['i'] };
export const restic: Peer = { name: 'restic', packages: 'restic', programs: ['restic'], version: ['version'] };
export const openSsh: Peer = { name: 'OpenSSH sftp', packages: 'openssh-client', programs: ['sftp'], version: [] };

export interface Installed {
  readonly peer: Peer;
  readonly program: string;
  readonly version: string;
}

const run = promisify(execFile);

/** Path of the peer, or undefined where it is not installed, or lacks a part. */
export async function findPeer(peer: Peer): Promise<Installed | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/bin'];
  const places = peer.programs.flatMap((name) => folders.map((folder) => join(folder, name)));
  const program = places.find((place) => existsSync(place));
  if (program === undefined) return undefined;
  const { probe } = peer;
  if (probe && !probe.expected.test((await run(program, [...probe.args])).stdout)) return undefined;
  return { peer, program, version: await versionOf(peer, program) };
}

async function versionOf(peer: Peer, program: string): Promise<string> {
  const isSftp = peer === openSsh; // it does not print its version, but the ssh beside it does
  const { stdout, stderr } = isSftp ? await run('ssh', ['-V']) : await run(program, [...peer.version]);
  return firstLine(stdout) ?? firstLine(stderr) ?? 'unknown version';
}

const firstLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '');

/** What to do about a missing peer. */
export const howToInstall = ({ name, packages }: Peer): string =>
  `${name} is not installed, so it was not measured: apt-get install --no-install-recommends ${packages}`;
