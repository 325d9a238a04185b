import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import ssh2 from 'ssh2';
import type { AuthContext, Connection } from 'ssh2';
import { createStorage, storageConfigSchema } from '../index.js';
import type { StoragePort } from '../index.js';
import { fingerprintOf } from './connect.js';

jest.setTimeout(120_000);

const sftpServer = ['/usr/lib/openssh/sftp-server', '/usr/libexec/sftp-server'].find((path) => existsSync(path));
const password = 'correct horse';

/**
 * A login with a password would need a real account on the machine. So ssh2's server does the login, and OpenSSH's own
 * sftp-server works behind it.
 */
describe('logging in with a password', () => {
  let folder: string;
  let server: ssh2.Server;
  let storageWith: (given: string) => StoragePort;
  let method: 'password' | 'keyboard-interactive' = 'password';
  const tried: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-password-'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')]);
    const publicKey = (await readFile(join(folder, 'host.pub'), 'utf8')).split(' ')[1]!;
    server = new ssh2.Server({ hostKeys: [await readFile(join(folder, 'host'))] }, (client) => {
      serve(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const login = { type: 'sftp', host: '127.0.0.1', port, username: 'u1', path: join(folder, 'files') };
    storageWith = (given) => {
      const host_key = fingerprintOf(Buffer.from(publicKey, 'base64'));
      return createStorage('box', storageConfigSchema.parse({ ...login, password: given, host_key }));
    };
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const serve = (client: Connection): void => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      tried.push(context.method);
      judge(context);
    });
    client.on('session', (accept) => {
      accept().on('subsystem', (acceptSubsystem, reject, { name }) => {
        if (name !== 'sftp') {
          reject();
          return;
        }
        const stream = acceptSubsystem();
        const worker = spawn(sftpServer!, [], { stdio: ['pipe', 'pipe', 'ignore'] });
        stream.pipe(worker.stdin);
        worker.stdout.pipe(stream);
      });
    });
  };
  const judge = (context: AuthContext): void => {
    if (context.method !== method) context.reject([method]);
    else if (context.method === 'password' && context.password === password) context.accept();
    else if (context.method === 'keyboard-interactive') {
      context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
        if (answers[0] === password) context.accept();
        else context.reject();
      });
    } else context.reject();
  };

  it.each(['password', 'keyboard-interactive'] as const)('works by %s', async (served) => {
    method = served;
    const storage = storageWith(password);
    await storage.putSmall('p/a', 'a');
    expect(await storage.list('p')).toHaveLength(1);
    await storage.close();
    expect(tried.at(-1)).toBe(served);
  });

  it.each(['password', 'keyboard-interactive'] as const)(
    'with a wrong one is refused for good, by %s',
    async (served) => {
      method = served;
      const storage = storageWith('battery staple');
      const error = await storage.list('').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', retryable: false });
      expect(inspect(error, { depth: 10 }) + inspect(storage, { depth: 10 })).not.toContain('battery staple');
    },
  );
});
