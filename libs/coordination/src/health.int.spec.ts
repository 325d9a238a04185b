import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { answerHealth, askHealth } from './health.js';
import { TestNats } from './testing/nats-server.js';

let server: TestNats;
let connection: NatsConnection;
const runner = { service: 'runner', host: 'local', instance: 'runner-1' };
const uploader = { service: 'uploader', host: 'local', instance: 'uploader-1' };
const waitMs = 300;

beforeAll(async () => {
  server = await TestNats.start();
  connection = await server.connect();
}, 60_000);
afterAll(() => server.stop());

describe('health', () => {
  it('is answered by nobody where nobody is', async () => {
    expect(await askHealth(connection, waitMs)).toEqual([]);
  });

  it('is answered by every process, or by those of one service, until they stop', async () => {
    const other = await server.connect();
    const answering = [
      answerHealth(other, { ...runner, details: () => ({ durability: 'full' }) }),
      answerHealth(other, { ...uploader, details: () => Promise.resolve({ durability: 'degraded' }) }),
    ];
    await other.flush();
    const answers = await askHealth(connection, waitMs);
    expect(answers.sort((a, b) => a.service.localeCompare(b.service))).toEqual([
      { ...runner, details: { durability: 'full' } },
      { ...uploader, details: { durability: 'degraded' } },
    ]);
    expect(await askHealth(connection, waitMs, 'runner')).toEqual([{ ...runner, details: { durability: 'full' } }]);
    for (const one of answering) one.stop();
    await other.flush();
    expect(await askHealth(connection, waitMs)).toEqual([]);
  });

  it('that can not be found out is answered with what went wrong', async () => {
    const broken = answerHealth(connection, {
      ...runner,
      details: () => Promise.reject(new Error('the store does not answer')),
    });
    expect(await askHealth(connection, waitMs)).toMatchObject([
      { ...runner, failure: { code: 'UNEXPECTED', message: 'the store does not answer' } },
    ]);
    broken.stop();
  });
});
