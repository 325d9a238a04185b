import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { expectOneSuccess } from './testing/checks.js';
import { until } from './testing/until.js';
import { services, ServicesWorld } from './testing/world.js';

/** A tree of some thousand files, which passes from service to service over one nats-server. */
describe('with each service as a process of its own', () => {
  let sshd: Sshd;
  let world: ServicesWorld;

  beforeAll(async () => {
    sshd = await startSshd();
    world = await ServicesWorld.open({ sshd, site: { textBytes: 8_000_000, smallFiles: 2_000 } });
    await world.start(...services);
  });

  afterAll(async () => {
    await world.remove();
    await sshd.stop();
  });

  it('doctor sees every service', async () => {
    const { code, stdout } = await world.havun('doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { area: string; status: string; detail: string }[] };
    expect(findings.filter(({ area }) => area === 'services').map(({ status, detail }) => [status, detail])).toEqual(
      ['scheduler', 'runner', 'restorer', 'uploader', 'verifier', 'retention', 'audit-projection'].map((service) => [
        'ok',
        expect.stringContaining(`${service}: ${service}-local-`),
      ]),
    );
    expect(code).toBe(0);
  });

  it('a backup that is waited for ends as a success, on disk, offsite, in the log and in the tables', async () => {
    const { code, stdout } = await world.havun('backup:run', '--wait', '--json');
    expect(code).toBe(0);
    const [shown] = JSON.parse(stdout) as { id: string; backup: string }[];
    world.run = { id: shown!.id, name: shown!.backup };
    const events = await expectOneSuccess(world);
    const archive = events.map(({ event }) => event).find((event) => event.type === 'ArchiveCreated');
    expect(shown).toMatchObject({ status: 'success', sha256: archive?.data.sha256, bytes: archive?.data.size });
    const listed = await world.havun('backup:list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: world.run.name, status: 'success' }]);
    // Each small file, the five others, and their folders.
    expect(archive?.data.entries).toBeGreaterThan(2_005);
    const runner = world.process('runner').pid;
    expect(events.map(({ event, source }) => [event.type, source])).toEqual(
      expect.arrayContaining([
        ['BackupRequested', 'cli'],
        ['BackupStarted', 'runner'],
        ['ArchiveCreated', 'runner'],
        ['Uploaded', 'uploader'],
        ['Verified', 'verifier'],
        ['BackupCompleted', 'verifier'],
      ]),
    );
    const started = events.map(({ event }) => event).find((event) => event.type === 'BackupStarted');
    expect(started?.data.runner).toContain(`-${runner}-`);
  });

  it('a service that is told to stop lets its work end, and goes with exit code 0', async () => {
    const { gates } = world;
    gates.uploader.sftp.hold(1_000_000);
    await world.request();
    await until('a part lies offsite', async () => (await world.hot('remote')).some((name) => name.endsWith('.part')));
    const uploader = world.process('uploader');
    uploader.signal('SIGTERM');
    await uploader.prints('stopping');
    gates.uploader.sftp.open();
    expect(await uploader.exited).toBe(0);
    expect(await world.types()).toContain('Uploaded');
  });
});
