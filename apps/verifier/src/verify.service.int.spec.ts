import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { loadConfig, type HavunConfig } from '@havun/config';
import type { BackupEvent, HavunEvent, RecordedEvent, StreamId } from '@havun/domain';
import { aBackupEvent, aPolicy } from '@havun/domain/testing';
import { openServiceContext, openStorages, type ServiceContext } from '@havun/service-kit';
import type { Storages } from '@havun/storage';
import {
  startNatsServer,
  startSshd,
  temporaryFolder,
  type Sshd,
  type TemporaryFolder,
  type TestNatsServer,
} from '@havun/test-servers';
import { VerifyService } from './verify.service.js';

/** A backup with copies in both storages, according to the log. */
interface Distributed {
  readonly stream: StreamId;
  readonly path: string;
  readonly uploaded: RecordedEvent;
}

const never = new AbortController().signal;
const size = 300_000;

type Damage = (file: string) => Promise<void>;
/** What can happen to a copy between its upload and its verification, and what the verifier then reports. */
const damages: [string, Damage, string][] = [
  ['has a flipped bit', (file) => flipBit(file), 'CHECKSUM_MISMATCH'],
  ['was cut off', (file) => truncate(file, size - 1), 'CHECKSUM_MISMATCH'],
  ['is empty', (file) => truncate(file, 0), 'CHECKSUM_MISMATCH'],
  ['has grown', (file) => appendFile(file, 'x'), 'CHECKSUM_MISMATCH'],
  ['is gone', (file) => rm(file), 'NOT_FOUND'],
  ['became a folder', (file) => rm(file).then(() => mkdir(file)), 'NOT_FOUND'],
];

async function flipBit(file: string): Promise<void> {
  const content = await readFile(file);
  content[size / 2]! ^= 1;
  await writeFile(file, content);
}

describe.each([
  ['a folder', undefined, 'download'],
  ['an sftp server that hashes', { internalSftpOnly: false }, 'server'],
  ['an sftp server that only transfers', { internalSftpOnly: true }, 'download'],
] as const)('copies in the local storage and in %s', (_kind, sshdOptions, method) => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let sshd: Sshd | undefined;
  let folder: TemporaryFolder;
  let config: HavunConfig;
  let context: ServiceContext;
  let storages: Storages;
  let service: VerifyService;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
    sshd = sshdOptions && (await startSshd(sshdOptions));
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
    await sshd?.stop();
  });
  beforeEach(async () => {
    folder = await temporaryFolder('havun-verifier-');
    config = await configuration();
    context = await openServiceContext({
      service: 'verifier',
      config,
      connection,
      log: { write: () => undefined },
    });
    storages = openStorages(config, { holder: 'verifier', use: 'service', onWait: () => undefined });
    const { runs, leases, progress, clock } = context;
    service = new VerifyService(runs.backup, storages, config, leases, progress, clock);
  });
  afterEach(async () => {
    context.progress.close();
    await storages.close();
    await folder.remove();
  });

  const offsite = (): string => join(folder.path, 'offsite');

  async function configuration(): Promise<HavunConfig> {
    const box = sshd
      ? {
          type: 'sftp',
          host: sshd.host,
          port: sshd.port,
          username: sshd.username,
          private_key_file: sshd.privateKeyFile,
          host_key: sshd.hostKeyFingerprint,
          path: offsite(),
        }
      : { type: 'local', path: offsite() };
    const file = join(folder.path, 'havun.yaml');
    const text = {
      data_dir: join(folder.path, 'data'),
      storage: { local: { path: join(folder.path, 'backups') }, offsite: { box } },
      uploads: { attempts: 2, first_delay_seconds: 1, max_delay_seconds: 1 },
      projects: { site: { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } } },
    };
    await writeFile(file, JSON.stringify(text), { mode: 0o600 });
    return loadConfig({ path: file, env: {} });
  }

  const local = ({ path }: Distributed): string => join(config.storage.local.path, path);
  const remote = ({ path }: Distributed): string => join(offsite(), path);

  async function aDistributedBackup(): Promise<Distributed> {
    const id = randomUUID();
    const [path, content] = [`site/hot/${id}.zip`, randomBytes(size)];
    const archive = { path, size, sha256: createHash('sha256').update(content).digest('hex') };
    const file = join(config.storage.local.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    const box = storages.named('box');
    const { resumedFrom, adopted } = await box.upload(file, path, { ...archive, partId: id });
    const stream: StreamId = { host: 'local', category: 'backup', id };
    const events: BackupEvent[] = [
      aBackupEvent('BackupRequested', { project: id, policy: aPolicy({ copies: ['local', 'box'] }) }),
      aBackupEvent('BackupStarted'),
      aBackupEvent('ArchiveCreated', archive),
      aBackupEvent('Uploaded', { storage: 'box', path, size, resumedFrom, adopted }),
    ];
    for (const [index, event] of events.entries()) {
      const meta = { id: randomUUID(), correlationId: id, source: 'test' };
      const before = (await context.store.read(stream)).at(-1)?.revision;
      await context.store.append(stream, { ...meta, event }, index === 0 ? 'no-stream' : before!);
    }
    return { stream, path, uploaded: (await context.store.read(stream)).at(-1)! };
  }

  /** The verifier's events after the upload. */
  async function verdict({ stream, uploaded }: Distributed): Promise<HavunEvent[]> {
    await service.settle(uploaded, never);
    await service.settle(uploaded, never); // a message may come twice
    return (await context.store.read(stream)).slice(4).map(({ event }) => event);
  }

  const byStorage = (events: readonly HavunEvent[]): Record<string, string> => {
    const said = events.map(({ type, data }) => ({ type, ...(data as { storage?: string; code?: string }) }));
    return Object.fromEntries(
      said.flatMap(({ type, storage, code }) => (storage === undefined ? [] : [[storage, code ?? type]])),
    );
  };

  it('are verified where they are what was made', async () => {
    const events = await verdict(await aDistributedBackup());
    expect(byStorage(events)).toEqual({ local: 'Verified', box: 'Verified' });
    expect(events.find(({ data }) => (data as { storage?: string }).storage === 'box')).toMatchObject({
      data: { method },
    });
    expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted', data: { status: 'success' } });
  });

  it.each(damages)('make the run partial where the offsite one %s', async (_what, damage, code) => {
    const backup = await aDistributedBackup();
    await damage(remote(backup));
    const events = await verdict(backup);
    expect(byStorage(events)).toEqual({ local: 'Verified', box: code });
    expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted', data: { status: 'partial' } });
  });

  it.each(damages)('make the run partial where the local one %s', async (_what, damage, code) => {
    const backup = await aDistributedBackup();
    await damage(local(backup));
    const events = await verdict(backup);
    expect(byStorage(events)).toEqual({ local: code, box: 'Verified' });
    expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted', data: { status: 'partial' } });
  });

  it.each(damages)('make the run fail where each of them %s', async (_what, damage, code) => {
    const backup = await aDistributedBackup();
    await damage(local(backup));
    await damage(remote(backup));
    const events = await verdict(backup);
    expect(byStorage(events)).toEqual({ local: code, box: code });
    expect(events.at(-1)).toMatchObject({ type: 'BackupFailed', data: { code: 'NO_VERIFIED_COPY', stage: 'verify' } });
  });

  it('are told from those of another backup of the same size', async () => {
    const [one, two] = [await aDistributedBackup(), await aDistributedBackup()];
    const aside = join(folder.path, 'aside');
    await rename(remote(one), aside);
    await rename(remote(two), remote(one));
    await rename(aside, remote(two));
    for (const backup of [one, two]) {
      const events = await verdict(backup);
      expect(byStorage(events)).toEqual({ local: 'Verified', box: 'CHECKSUM_MISMATCH' });
      expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted', data: { status: 'partial' } });
    }
  });

  it('are told from the copy that an older backup has put in its place, with a checksum file that agrees', async () => {
    const [older, newer] = [await aDistributedBackup(), await aDistributedBackup()];
    await copyFile(remote(older), remote(newer));
    const sha256 = createHash('sha256')
      .update(await readFile(remote(older)))
      .digest('hex');
    await writeFile(`${remote(newer)}.sha256`, `${sha256}  ${newer.stream.id}.zip\n`);
    expect(byStorage(await verdict(newer))).toEqual({ local: 'Verified', box: 'CHECKSUM_MISMATCH' });
  });

  it('name neither content nor another success when the failure is written down', async () => {
    const backup = await aDistributedBackup();
    await flipBit(remote(backup));
    const failed = (await verdict(backup)).find(({ type }) => type === 'VerificationFailed');
    expect(failed?.data).toMatchObject({
      storage: 'box',
      path: backup.path,
      message: expect.stringContaining(backup.path),
      remedy: expect.stringContaining('"box"'),
    });
  });

  it('leave the run open when the verifier is stopped, and are read again', async () => {
    const backup = await aDistributedBackup();
    const stopped = AbortSignal.abort(new Error('told to stop'));
    await expect(service.settle(backup.uploaded, stopped)).rejects.toThrow('told to stop');
    expect(byStorage(await verdict(backup))).toEqual({ local: 'Verified', box: 'Verified' });
  });
});
