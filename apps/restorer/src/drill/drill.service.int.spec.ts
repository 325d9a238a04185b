import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { backupDecider, drillReport, projectDecider, type DrillEvent, type RecordedEvent } from '@havun/domain';
import { execute } from '@havun/event-store';
import { openServiceContext, type ServiceContext, ScratchFolder } from '@havun/service-kit';
import { requestDrill } from '@havun/use-cases';
import { Storages } from '@havun/storage';
import { startNatsServer, type TestNatsServer } from '@havun/test-servers';
import { DrillSite } from '../testing/drill-site.js';
import { DrillService } from './drill.service.js';

const project = {
  type: 'nodejs-app',
  paths: { json_databases: ['clients.json'] },
  include: { files: ['storage'], config: true },
};

describe('a requested drill', () => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let site: DrillSite;
  let context: ServiceContext;
  let service: DrillService;

  beforeAll(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
  });
  beforeEach(async () => {
    const name = `site-${randomUUID().slice(0, 8)}`;
    site = await DrillSite.open({ projects: { [name]: project } });
    context = await openServiceContext({
      service: 'restorer',
      config: site.config,
      connection,
      log: { write: () => undefined },
    });
    service = new DrillService(
      context.runs.drill,
      new Storages(site.config.storage),
      site.config,
      context.store,
      context.leases,
      context.progress,
      context.clock,
      context.instance,
      context.logger,
      { path: site.scratch } as ScratchFolder,
    );
  });
  afterEach(async () => {
    context.progress.close();
    expect(await site.left()).toEqual([]);
    await site.remove();
  });

  const name = () => Object.keys(site.config.projects)[0]!;

  /** The events of a backup that is in both storages. */
  async function aRecordedBackup(): Promise<void> {
    const backup = await site.backUp(name());
    const meta = { ids: context.ids, source: 'test', correlationId: backup.id };
    const now = '2025-11-21T02:00:00.000Z';
    await execute({
      store: context.store,
      decider: projectDecider,
      stream: { host: 'local', category: 'project', id: name() },
      command: { type: 'AdoptBackupName', now, backupId: backup.id, name: backup.name },
      meta,
    });
    const { copies, archive } = backup;
    await execute({
      store: context.store,
      decider: backupDecider,
      stream: { host: 'local', category: 'backup', id: backup.id },
      command: {
        type: 'CatalogueBackup',
        now,
        name: backup.name,
        project: name(),
        createdAt: now,
        policy: {
          projectType: 'nodejs-app',
          priority: 'high',
          encrypted: true,
          retentionYears: 7,
          canAutoDelete: false,
          copies: ['local', 'box'],
        },
        archive: { ...archive, databases: [] },
        copies: copies.map((copy) => ({ ...copy, verified: true })),
      },
      meta,
    });
  }

  async function request(): Promise<RecordedEvent> {
    const { store, leases, clock, ids } = context;
    const deps = { store, leases, clock, ids, config: site.config, source: 'test' };
    const { stream } = await requestDrill(deps, {
      project: name(),
      trigger: 'manual',
      requestedBy: 'test',
      quarter: '2025-Q4',
    });
    return (await store.read(stream))[0]!;
  }

  const history = async ({ stream }: RecordedEvent) =>
    (await context.store.read(stream)).map(({ event }) => event as DrillEvent);
  const never = new AbortController().signal;
  const reports = () => join(site.config.storage.local.path, 'test-restores');

  it('ends as passed, with its report in the local storage', async () => {
    await aRecordedBackup();
    const event = await request();
    await service.run(event, never);
    const [, started, ended] = await history(event);
    expect(started).toMatchObject({ type: 'DrillStarted', data: { attempt: 1 } });
    expect(ended).toMatchObject({ type: 'DrillPassed', data: { storage: 'box', quarter: '2025-Q4', project: name() } });
    const report = join(reports(), `2025-Q4-${name()}-test.log`);
    const text = await readFile(report, 'utf8');
    expect(text).toContain('Test Result: SUCCESS');
    expect(text).toBe(drillReport(/Date: (.*)/.exec(text)?.[1] ?? '', { ...ended!.data, report } as never));
    expect(ended!.data).toMatchObject({ report });
  });

  it('that was delivered again does nothing; the second of a quarter gets a report of its own', async () => {
    await aRecordedBackup();
    const event = await request();
    await service.run(event, never);
    await service.run(event, never);
    expect(await history(event)).toHaveLength(3);
    await service.run(await request(), never);
    expect((await readdir(reports())).sort()).toEqual([`2025-Q4-${name()}-test-2.log`, `2025-Q4-${name()}-test.log`]);
  });

  it('fails, with a report, where there is nothing to restore', async () => {
    const event = await request();
    await service.run(event, never);
    expect((await history(event)).at(-1)).toMatchObject({
      type: 'DrillFailed',
      data: {
        code: 'NO_RESTORABLE_BACKUP',
        steps: [{ step: 'download', result: 'failed' }, ...Array<object>(6).fill({ result: 'skipped' })],
      },
    });
    const report = await readFile(join(reports(), `2025-Q4-${name()}-test.log`), 'utf8');
    expect(report).toContain('Test Result: FAILED');
  });

  it('that is stopped has not ended, and is made at the next delivery', async () => {
    await aRecordedBackup();
    const event = await request();
    await expect(service.run(event, AbortSignal.abort(new Error('told to stop')))).rejects.toThrow('told to stop');
    expect((await history(event)).at(-1)).toMatchObject({ type: 'DrillStarted' });
    await service.run(event, never);
    expect((await history(event)).at(-1)).toMatchObject({ type: 'DrillPassed' });
  });

  it('whose attempts were all killed has failed, and what they have left is removed', async () => {
    await aRecordedBackup();
    const event = await request();
    for (const runner of ['one', 'two', 'three']) {
      await context.runs.drill.record(event, { type: 'StartDrill', runner, maxAttempts: 3 });
    }
    const left = join(site.config.data_dir, 'tmp', `drill-${event.stream.id}`);
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'archive.zip'), 'half of it');
    await service.run(event, never);
    expect((await history(event)).at(-1)).toMatchObject({ type: 'DrillFailed', data: { code: 'INTERRUPTED' } });
  });
});
