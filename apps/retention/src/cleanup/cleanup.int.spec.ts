import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNatsServer, startSshd, type Sshd, type TestNatsServer } from '@havun/test-servers';
import { RetentionWorld } from '../testing/retention-world.js';

describe('a clean-up', () => {
  let nats: TestNatsServer;
  let connection: NatsConnection;
  let sshd: Sshd;
  let world: RetentionWorld;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => {
    await sshd.stop();
  });
  beforeEach(async () => {
    nats = await startNatsServer();
    connection = await connect({ servers: nats.url });
    const retention = { hot_retention_days: 30, archive_retention_years: 1, auto_cleanup_archive: true };
    world = await RetentionWorld.open({ connection, sshd, projects: { shop: { retention } } });
  });
  afterEach(async () => {
    await world.remove();
    await connection.close();
    await nats.stop();
  });

  it('moves what is past its hot days to the archive, and deletes the local copy once that was read back again', async () => {
    const [old, recent] = [
      await world.add('shop', '2025-10-01T02:00:00Z'),
      await world.add('shop', '2025-11-20T03:00:00Z'),
    ];
    expect(await world.cleanUp('shop')).toMatchObject({
      found: 2,
      kept: 1,
      moved: 1,
      hotCopiesDeleted: 1,
      refused: [],
      failed: [],
    });
    expect(await world.types(old)).toEqual(['MovedToArchive', 'Verified', 'DeletionStarted', 'HotCopyDeleted']);
    expect(await world.types(recent)).toEqual([]);
    expect(await world.files('local')).toEqual([recent.hot, `${recent.hot}.sha256`]);
    expect(await world.files('hetzner')).toEqual([
      'shop/archive/2025/10/2025-10-01-04-00-00-shop.zip',
      'shop/archive/2025/10/2025-10-01-04-00-00-shop.zip.sha256',
      recent.hot,
      `${recent.hot}.sha256`,
    ]);
    expect(await world.cleanUp('shop')).toMatchObject({ found: 2, kept: 2, moved: 0, hotCopiesDeleted: 0 });
  });
});
