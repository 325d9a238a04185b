import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type Sshd } from '@havun/test-servers';
import { bulkSet, mebibyte, provide } from '../data/data-set.js';
import type { Contender } from '../measure/rounds.js';
import { runMeasured } from '../measure/run-measured.js';
import type { Sample } from '../measure/sample.js';
import { ours, runDriver } from '../peers/ours.js';
import { openSsh } from '../peers/programs.js';
import { speedVerdict } from '../report/verdict.js';
import { inTurns, inWorkFolder, missingOf, named, type Bench, type Scenario } from './bench.js';

/** One large file to one OpenSSH server on this machine. */
export const upload: Scenario = async (bench) => {
  const bytes = Math.max(1, Math.round(1000 * bench.cache.scale)) * mebibyte;
  const file = join(await provide(bench.cache, `upload-${bytes}`, bulkSet(bench.cache, bytes, 1)), 'bulk-0.bin');
  const results = await inWorkFolder(bench, async (work) => {
    const sshd = await startSshd({ root: join(work, 'server') });
    try {
      return await inTurns(bench, await contenders(bench, sshd, file, work));
    } finally {
      await sshd.stop();
    }
  });
  const [own, peer] = [named(results, ours)!, named(results, openSsh.name)];
  return {
    scenario: 'upload',
    title: `one file of ${(bytes / 1e6).toFixed(0)} MB by SFTP, to a server on this machine`,
    results,
    verdicts: [speedVerdict('upload, speed against the OpenSSH client', own, peer, 0.9)],
    missing: missingOf(bench, [openSsh]),
    notes: [
      'Ours is timed without starting Node, as the uploader is a service: connecting, hashing, sending, fsync, checking the size and renaming.',
      "The sftp program is timed whole; it does not hash. «Synced»: with fsync on the server (put -f), as ours. CPU and memory are the client's.",
    ],
  };
};

async function contenders({ peers }: Bench, sshd: Sshd, file: string, work: string): Promise<Contender[]> {
  const remotePath = 'upload.zip';
  const remote = join(sshd.root, remotePath);
  const upload = {
    config: configOf(sshd),
    file,
    remotePath,
    sha256: await sha256(file),
    size: (await stat(file)).size,
  };
  const checked = async (send: () => Promise<Sample>): Promise<Sample> => {
    const sample = await send();
    if ((await stat(remote)).size !== upload.size) throw new Error(`${remote} has not the size of ${file}`);
    await rm(remote);
    return sample;
  };
  const batchOf = async (command: string): Promise<string> => {
    const batch = join(work, command.replaceAll(' ', ''));
    await writeFile(batch, `${command} ${file} ${remote}\n`);
    return batch;
  };
  const [plain, withFsync] = [await batchOf('put'), await batchOf('put -f')];
  const installed = peers.get(openSsh);
  const ourUpload = async (): Promise<Sample> => {
    const sample = await runDriver('upload', upload);
    return { ...sample, seconds: sample.details['seconds']! };
  };
  const { program } = installed ?? { program: '' };
  const theirUpload = (batch: string): Promise<Sample> =>
    runMeasured({ program, args: sftpArguments(sshd, work, batch) });
  return [
    { name: ours, run: () => checked(ourUpload) },
    ...(installed
      ? [
          { name: openSsh.name, run: () => checked(() => theirUpload(plain)) },
          { name: `${openSsh.name}, synced`, run: () => checked(() => theirUpload(withFsync)) },
        ]
      : []),
  ];
}

const configOf = ({ host, port, username, privateKeyFile, hostKeyFingerprint, root }: Sshd) => ({
  type: 'sftp',
  host,
  port,
  username,
  private_key_file: privateKeyFile,
  host_key: hostKeyFingerprint,
  path: root,
});

function sftpArguments({ host, port, username, privateKeyFile }: Sshd, work: string, batch: string): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${join(work, 'known_hosts')}`,
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
  ].flatMap((option) => ['-o', option]);
  return ['-q', '-F', 'none', ...options, '-i', privateKeyFile, '-P', String(port), '-b', batch, `${username}@${host}`];
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: mebibyte })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
