import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { ProgressPublisher, subscribeProgress, type RunProgress } from './progress.js';
import { TestNats } from './testing/nats-server.js';

let server: TestNats;
let connection: NatsConnection;
beforeAll(async () => {
  server = await TestNats.start();
  connection = await server.connect();
}, 60_000);
afterAll(() => server.stop());

const progress = (changes: Partial<RunProgress> = {}): RunProgress => ({
  runId: 'run-1',
  host: 'web-1.example.nl',
  project: 'havunadmin',
  activity: 'archive',
  doneBytes: 0,
  ...changes,
});

/** All progress until `last` comes. */
async function readUntil(subscription: AsyncIterable<RunProgress>, last: RunProgress): Promise<RunProgress[]> {
  const seen: RunProgress[] = [];
  for await (const one of subscription) {
    seen.push(one);
    if (one.doneBytes === last.doneBytes && one.activity === last.activity) return seen;
  }
  throw new Error('the subscription ended');
}

describe('progress', () => {
  it('is thinned out, but its last report always comes', async () => {
    const publisher = new ProgressPublisher(connection);
    const subscription = subscribeProgress(connection);
    for (let doneBytes = 0; doneBytes <= 1000; doneBytes += 1) publisher.report(progress({ doneBytes }));
    const seen = await readUntil(subscription, progress({ doneBytes: 1000 }));
    expect(seen.map(({ doneBytes }) => doneBytes)).toEqual([0, 1000]);
    publisher.close();
    subscription.stop();
  });

  it('of one activity or storage does not hold back that of another', async () => {
    const publisher = new ProgressPublisher(connection);
    const subscription = subscribeProgress(connection);
    const all = [
      progress(),
      progress({ activity: 'upload', storage: 'hetzner' }),
      progress({ activity: 'upload', storage: 'second' }),
      progress({ runId: 'run-2', activity: 'verify' }),
    ];
    for (const one of all) publisher.report(one);
    expect(await readUntil(subscription, all[3]!)).toEqual(all);
    publisher.close();
  });

  it('that is held back is sent when the publisher closes', async () => {
    const publisher = new ProgressPublisher(connection);
    const subscription = subscribeProgress(connection);
    publisher.report(progress({ doneBytes: 1 }));
    publisher.report(progress({ doneBytes: 2 }));
    publisher.close();
    expect(await readUntil(subscription, progress({ doneBytes: 2 }))).toHaveLength(2);
  });

  it('comes from one run, or one host, where that is asked for', async () => {
    const publisher = new ProgressPublisher(connection);
    const ofRun = subscribeProgress(connection, { runId: 'run-1' });
    const ofHost = subscribeProgress(connection, { host: 'web-2' });
    publisher.report(progress({ runId: 'run-1', doneBytes: 1 }));
    publisher.report(progress({ runId: 'run-2', host: 'web-2', doneBytes: 2 }));
    publisher.report(progress({ runId: 'run-1', host: 'web-2', activity: 'verify', doneBytes: 3 }));
    const last = progress({ activity: 'verify', doneBytes: 3 });
    expect((await readUntil(ofRun, last)).map(({ doneBytes }) => doneBytes)).toEqual([1, 3]);
    expect((await readUntil(ofHost, last)).map(({ doneBytes }) => doneBytes)).toEqual([2, 3]);
    publisher.close();
  });

  it('that is none is passed over', async () => {
    const subscription = subscribeProgress(connection);
    const retry = { attempt: 1, of: 5, inMs: 1000, failure: { code: 'UNREACHABLE', message: 'connection refused' } };
    const good = progress({ doneBytes: 5, totalBytes: 10, note: 'dumping', retry });
    const bad = [
      '',
      'null',
      '[]',
      '{"runId":1}',
      JSON.stringify({ ...good, activity: 'x' }),
      JSON.stringify({ ...good, retry: 1 }),
    ];
    for (const json of [...bad, JSON.stringify(good)]) connection.publish('havun.progress.a.b', json);
    expect(await readUntil(subscription, good)).toEqual([good]);
  });

  it('never fails the work that it tells of', async () => {
    const closed = await server.connect();
    const publisher = new ProgressPublisher(closed);
    await closed.close();
    publisher.report(progress());
    publisher.close();
  });
});
