import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { loadConfig, type HavunConfig } from '@havun/config';
import type { HavunEvent, RecordedEvent, StreamId } from '@havun/domain';
import { aBackupEvent, aPolicy } from '@havun/domain/testing';
import { RetryLater } from '@havun/messaging';
import { openServiceContext, openStorages, type ServiceContext } from '@havun/service-kit';
import type { Storages } from '@havun/storage';
import {
  forward,
  freePort,
  startNatsServer,
  startSshd,
  temporaryFolder,
  type Sshd,
  type TemporaryFolder,
  type TestNatsServer,
} from '@havun/test-servers';
import { UploadService } from './upload.service.js';

const never = new AbortController().signal;
const content = randomBytes(100_000);
const archive = { size: content.length, sha256: createHash('sha256').update(content).digest('hex') };

describe('an archive that is to be carried to two storages', () => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let sshd: Sshd;
  let folder: TemporaryFolder;
  let config: HavunConfig;
  let context: ServiceContext;
  let storages: Storages;
  let service: UploadService;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
    sshd = await startSshd();
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
    await sshd.stop();
  });
  beforeEach(async () => {
    folder = await temporaryFolder('havun-uploader-');
  });
  afterEach(async () => {
    context.progress.close();
    await storages.close();
    await folder.remove();
  });

  /** The service, with an sftp storage at a port of this machine. */
  async function open(port: number, uploads: object): Promise<void> {
    const box = {
      type: 'sftp',
      host: sshd.host,
      port,
      username: sshd.username,
      private_key_file: sshd.privateKeyFile,
      host_key: sshd.hostKeyFingerprint,
      path: join(folder.path, 'box'),
    };
    const file = join(folder.path, 'havun.yaml');
    const text = {
      data_dir: join(folder.path, 'data'),
      storage: {
        local: { path: join(folder.path, 'backups') },
        offsite: { box, attic: { type: 'local', path: join(folder.path, 'attic') } },
      },
      uploads: { first_delay_seconds: 1, max_delay_seconds: 1, ...uploads },
      projects: { site: { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } } },
    };
    await writeFile(file, JSON.stringify(text), { mode: 0o600 });
    config = await loadConfig({ path: file, env: {} });
    context = await openServiceContext({ service: 'uploader', config, connection, log: { write: () => undefined } });
    storages = openStorages(config, { holder: 'uploader', use: 'service', onWait: () => undefined });
    const { runs, leases, progress, clock } = context;
    service = new UploadService(runs.backup, storages, config, leases, progress, clock);
  }

  async function anArchive(): Promise<RecordedEvent> {
    const id = randomUUID();
    const path = `site/hot/${id}.zip`;
    const file = join(config.storage.local.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    const stream: StreamId = { host: 'local', category: 'backup', id };
    const events: HavunEvent[] = [
      aBackupEvent('BackupRequested', { project: id, policy: aPolicy({ copies: ['local', 'box', 'attic'] }) }),
      aBackupEvent('BackupStarted'),
      aBackupEvent('ArchiveCreated', { path, ...archive }),
    ];
    for (const event of events) {
      const revision = (await context.store.read(stream)).at(-1)?.revision ?? 'no-stream';
      await context.store.append(stream, { id: randomUUID(), correlationId: id, source: 'test', event }, revision);
    }
    return (await context.store.read(stream)).at(-1)!;
  }

  const outcome = async ({ stream }: RecordedEvent): Promise<Record<string, object>> => {
    const events = (await context.store.read(stream)).slice(3).map(({ event }) => event);
    return Object.fromEntries(
      events.map(({ type, data }) => [(data as { storage: string }).storage, { type, ...data }]),
    );
  };

  it('lies in both, each with its checksum beside it', async () => {
    await open(sshd.port, {});
    const event = await anArchive();
    await service.distribute(event, never);
    const uploaded = { type: 'Uploaded', size: archive.size, resumedFrom: 0, adopted: false };
    expect(await outcome(event)).toMatchObject({ box: uploaded, attic: uploaded });
    for (const place of ['box', 'attic']) {
      const path = join(folder.path, place, `site/hot/${event.stream.id}.zip`);
      expect(content.equals(await readFile(path))).toBe(true);
      expect(await readFile(`${path}.sha256`, 'utf8')).toContain(archive.sha256);
    }
  });

  it('is given up, after as many attempts as it says, only where it cannot be carried', async () => {
    await open(await freePort(), { attempts: 2, wait_hours: 0 });
    const event = await anArchive();
    await service.distribute(event, never);
    expect(await outcome(event)).toMatchObject({
      box: { type: 'UploadFailed', attempts: 2, code: 'UNREACHABLE', remedy: expect.any(String) },
      attic: { type: 'Uploaded' },
    });
  });

  it('waits for a storage that is away with its lane and its project given back, and arrives when that is there', async () => {
    const port = await freePort();
    await open(port, { attempts: 2, first_delay_seconds: 0.1, max_delay_seconds: 0.2 });
    const events = [await anArchive(), await anArchive()];
    for (const event of events) await expect(service.distribute(event, never)).rejects.toBeInstanceOf(RetryLater);
    await expect(service.distribute(events[0]!, never)).rejects.toBeInstanceOf(RetryLater);
    for (const event of events) {
      const types = (await context.store.read(event.stream)).slice(3).map(({ event: { type } }) => type);
      expect(types.sort()).toEqual(['CopyHeldUp', 'Uploaded']);
    }
    const server = forward(port, sshd.port);
    try {
      const arrived = async (event: RecordedEvent): Promise<boolean> =>
        service.distribute(event, never).then(
          () => true,
          () => false,
        );
      for (const event of events) while (!(await arrived(event))) await sleep(50);
    } finally {
      server.close();
    }
    for (const event of events) {
      expect(await outcome(event)).toMatchObject({ box: { type: 'Uploaded' }, attic: { type: 'Uploaded' } });
    }
  });

  it('is uploaded once more when that is asked for after the end of its run', async () => {
    const port = await freePort();
    await open(port, { attempts: 1, wait_hours: 0, max_delay_seconds: 0.2, first_delay_seconds: 0.1 });
    const event = await anArchive();
    await service.distribute(event, never);
    const { path } = event.event.data as { path: string };
    const read = async (storage: string) =>
      context.runs.backup.record(event, {
        type: 'RecordVerification',
        storage,
        path,
        ...archive,
        method: 'server',
        durationMs: 1,
      });
    await read('local');
    await read('attic');
    expect((await context.runs.backup.record(event, { type: 'CompleteBackup' })).status).toBe('partial');
    await service.distribute(event, never);
    expect((await outcome(event))['box']).toMatchObject({ type: 'UploadFailed' });
    const server = forward(port, sshd.port);
    try {
      await context.runs.backup.record(event, { type: 'RequestRetry', by: 'henk' });
      await sleep(300);
      await service.distribute(event, never);
    } finally {
      server.close();
    }
    expect((await outcome(event))['box']).toMatchObject({ type: 'Uploaded' });
    expect((await read('box')).status).toBe('success');
  });

  it('is no longer carried once its run is cancelled, and leaves no part', async () => {
    await open(await freePort(), { attempts: 1000 });
    const event = await anArchive();
    const distributing = service.distribute(event, never);
    await context.runs.backup.record(event, { type: 'RequestCancel', by: 'henk' });
    await distributing;
    const events = (await context.store.read(event.stream)).map((recorded) => recorded.event);
    expect(events.at(-1)).toMatchObject({ type: 'BackupFailed', data: { code: 'CANCELLED', stage: 'upload' } });
  });

  it('is not tried again where that can not help', async () => {
    await open(sshd.port, { attempts: 5 });
    const event = await anArchive();
    const path = join(folder.path, 'box', `site/hot/${event.stream.id}.zip`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'of somebody else');
    await service.distribute(event, never);
    expect(await outcome(event)).toMatchObject({
      box: { type: 'UploadFailed', attempts: 1, code: 'NAME_TAKEN' },
      attic: { type: 'Uploaded' },
    });
    expect(await readFile(path, 'utf8')).toBe('of somebody else');
  });

  it('arrives when the server comes back, and who watches is told of the wait', async () => {
    const port = await freePort();
    await open(port, { attempts: 60 });
    const event = await anArchive();
    let back: Server | undefined;
    const subscription = connection.subscribe('>', {
      callback: (_error, message) => {
        if (message.string().includes('"UNREACHABLE"')) back ??= forward(port, sshd.port);
      },
    });
    await service.distribute(event, never);
    subscription.unsubscribe();
    expect(await outcome(event)).toMatchObject({ box: { type: 'Uploaded' }, attic: { type: 'Uploaded' } });
    back!.close();
  });

  it('is neither there nor given up when the uploader is stopped', async () => {
    await open(await freePort(), { attempts: 1000 });
    const event = await anArchive();
    const stop = new AbortController();
    const distributing = service.distribute(event, stop.signal);
    setTimeout(() => {
      stop.abort(new Error('told to stop'));
    }, 300);
    await expect(distributing).rejects.toThrow('told to stop');
    expect((await outcome(event))['box']).toBeUndefined();
  });
});
