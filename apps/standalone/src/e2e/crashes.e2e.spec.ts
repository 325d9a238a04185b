import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { expectOneSuccess, untilEnded } from './testing/checks.js';
import { sideBySide, type SideBySide } from './testing/side-by-side.js';
import { until } from './testing/until.js';
import { ServicesWorld, type RecordedBackup, type Service } from './testing/world.js';

const site = { textBytes: 12_000_000, smallFiles: 60 };

const atWork: Service[] = ['runner', 'uploader', 'verifier', 'audit-projection'];

const dataOf = (events: readonly RecordedBackup[], type: string): object | undefined =>
  events.map(({ event }) => event).find((event) => event.type === type)?.data;

async function isUnderWay(world: ServicesWorld, where: 'local' | 'remote', bytes: number): Promise<boolean> {
  const part = (await world.hot(where)).find((name) => name.endsWith('.part'));
  return part !== undefined && (await stat(join(world[where], 'shop', 'hot', part))).size > bytes;
}

/** A backup was requested, and its archive is growing. */
async function whileArchiving(world: ServicesWorld): Promise<void> {
  await world.request();
  await until('the archive grows', () => isUnderWay(world, 'local', 500_000), { context: () => world.diary() });
}

/** The upload has got some way, and is held there. */
async function whileUploading(world: ServicesWorld): Promise<void> {
  world.gates.uploader.sftp.hold(1_500_000);
  await world.request();
  await until('the copy grows', () => isUnderWay(world, 'remote', 800_000), { context: () => world.diary() });
}

/** The local copy has been verified, and the offsite one has not. */
async function whileVerifying(world: ServicesWorld): Promise<void> {
  world.gates.verifier.sftp.hold();
  await world.request();
  await world.recorded('Uploaded');
  await world.recorded('Verified', ({ data }) => 'storage' in data && data.storage === 'local');
}

async function isThere(world: ServicesWorld, where: 'local' | 'remote'): Promise<boolean> {
  return (await world.hot(where)).includes(`${world.run.name}.zip.sha256`);
}

/** Nothing there could be mistaken for a backup. */
async function expectNothingFinished(world: ServicesWorld, where: 'local' | 'remote'): Promise<void> {
  const names = (await world.hot(where)).filter((name) => name.startsWith(world.run.name));
  expect(names).toEqual([expect.stringMatching(/\.part$/)]);
}

/** Runs in turn in one of a few worlds. Every service is at work before each and after it. */
const crashes = {
  'the runner, while it writes the archive': async (world) => {
    await whileArchiving(world);
    await world.crash('runner');
    expect(await world.types()).toEqual(['BackupRequested', 'BackupStarted']);
    await expectNothingFinished(world, 'local');
    await world.expireAcks('runner');
    await world.start('runner');
    await untilEnded(world);
    const events = await expectOneSuccess(world);
    expect(events.filter(({ event }) => event.type === 'BackupStarted')).toHaveLength(2);
    expect(dataOf(events, 'ArchiveCreated')).toMatchObject({ adopted: false });
  },

  'the runner, once the archive is there and before it could say so': async (world) => {
    await whileArchiving(world);
    world.gates.runner.nats.hold();
    await until('the archive is there', () => isThere(world, 'local'));
    await world.crash('runner');
    expect(await world.types()).toEqual(['BackupRequested', 'BackupStarted']);
    await world.expireAcks('runner');
    await world.start('runner');
    await untilEnded(world);
    expect(dataOf(await expectOneSuccess(world), 'ArchiveCreated')).toMatchObject({ adopted: true });
  },

  'the uploader, in the middle of an upload': async (world) => {
    await whileUploading(world);
    await expectNothingFinished(world, 'remote');
    await world.crash('uploader');
    expect(await world.types()).not.toContain('Uploaded');
    await world.expireAcks('uploader');
    await world.start('uploader');
    await untilEnded(world);
    const uploaded = dataOf(await expectOneSuccess(world), 'Uploaded') as { resumedFrom: number };
    expect(uploaded.resumedFrom).toBeGreaterThan(800_000);
  },

  'the uploader, once the copy is there and before it could say so (fault 2)': async (world) => {
    await whileUploading(world);
    world.gates.uploader.nats.hold();
    world.gates.uploader.sftp.open();
    await until('the copy is there', () => isThere(world, 'remote'));
    await world.crash('uploader');
    expect(await world.types()).not.toContain('Uploaded');
    await world.expireAcks('uploader');
    await world.start('uploader');
    await untilEnded(world);
    expect(dataOf(await expectOneSuccess(world), 'Uploaded')).toMatchObject({ adopted: true });
  },

  'the verifier, between one copy and the other': async (world) => {
    await whileVerifying(world);
    await world.crash('verifier');
    expect(await world.types()).not.toContain('BackupCompleted');
    await world.expireAcks('verifier');
    await world.start('verifier');
    await untilEnded(world);
    await expectOneSuccess(world);
  },

  'the audit projection, again and again': async (world) => {
    for (const stage of [whileArchiving, (each: ServicesWorld) => each.recorded('Uploaded'), untilEnded]) {
      await stage(world);
      await world.crash('audit-projection');
      await world.start('audit-projection');
    }
    await expectOneSuccess(world);
  },

  'nats-server, while the archive is written (fault 3)': async (world) => {
    await whileArchiving(world);
    const before = await world.events();
    await world.nats.kill();
    await world.nats.restart();
    await untilEnded(world);
    await expectOneSuccess(world);
    expect((await world.events()).slice(0, before.length)).toEqual(before);
  },

  'nats-server, when the archive is done and can be told to nobody': async (world) => {
    await whileArchiving(world);
    await world.nats.kill();
    await until('the archive is there', () => isThere(world, 'local'));
    await world.nats.restart();
    await untilEnded(world);
    await expectOneSuccess(world);
  },

  'nats-server, in the middle of an upload': async (world) => {
    await whileUploading(world);
    await world.nats.kill();
    await world.nats.restart();
    world.gates.uploader.sftp.open();
    await untilEnded(world);
    await expectOneSuccess(world);
  },

  'nats-server, between the verification of one copy and the other': async (world) => {
    await whileVerifying(world);
    await world.nats.kill();
    await world.nats.restart();
    world.gates.verifier.sftp.open();
    await untilEnded(world);
    await expectOneSuccess(world);
  },

  'everything at once, as when the power goes': async (world) => {
    await whileUploading(world);
    await Promise.all(atWork.map((service) => world.crash(service)));
    await world.nats.kill();
    await world.nats.restart();
    for (const service of atWork) await world.expireAcks(service);
    await world.start(...atWork);
    await untilEnded(world);
    await expectOneSuccess(world);
  },
} satisfies Record<string, (world: ServicesWorld) => Promise<void>>;

/** Other failures, during which the service lives on. */
const troubles = {
  'an upload whose network is cut goes on where it was (fault 15)': async (world) => {
    await whileUploading(world);
    world.gates.uploader.sftp.cut();
    world.gates.uploader.sftp.open();
    await untilEnded(world);
    const uploaded = dataOf(await expectOneSuccess(world), 'Uploaded') as { resumedFrom: number };
    expect(uploaded.resumedFrom).toBeGreaterThan(800_000);
  },

  'a runner that was frozen for longer than its lease finds another at the work, and leaves it alone': async (
    world,
  ) => {
    await whileArchiving(world);
    const frozen = world.process('runner');
    frozen.signal('SIGSTOP');
    await world.start({ service: 'runner', as: 'second runner' });
    await world.expireAcks('runner');
    await until(
      'the second has begun',
      async () => (await world.types()).filter((type) => type === 'BackupStarted').length === 2,
      {
        context: () => world.diary(),
      },
    );
    await until('and its archive grows', () => isUnderWay(world, 'local', 500_000), { context: () => world.diary() });
    frozen.signal('SIGCONT');
    await untilEnded(world);
    await expectOneSuccess(world);
    await world.process('second runner').kill();
  },
} satisfies Record<string, (world: ServicesWorld) => Promise<void>>;

type Name = keyof typeof crashes | keyof typeof troubles;

describe('kill -9 of', () => {
  let sshd: Sshd;
  let outcomes: SideBySide<Name>;

  beforeAll(async () => {
    sshd = await startSshd();
    outcomes = sideBySide<Name, ServicesWorld>({ ...crashes, ...troubles }, async () => {
      const world = await ServicesWorld.open({ sshd, site });
      await world.start(...atWork);
      return world;
    });
  });

  afterAll(async () => {
    await outcomes.end();
    await sshd.stop();
  });

  it.each(Object.keys(crashes) as Name[])('%s: the run ends once, with one archive', (name) => outcomes.of(name));
  it.each(Object.keys(troubles) as Name[])('is not all that happens: %s', (name) => outcomes.of(name));
});
