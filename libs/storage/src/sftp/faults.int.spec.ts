import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startSshd, type Sshd } from '@havun/test-servers';
import { partPath } from '../index.js';
import type { StoragePort, UploadOptions } from '../index.js';
import { fillOnce, retryWhileInUse, sha256 } from '../testing/contract.js';
import { mostEstablishedTo } from '../testing/established.js';
import { storageOn } from '../testing/sftp-storage.js';

jest.setTimeout(120_000);

const base = 'backups';
const size = 64 * 2 ** 20;
const finalPath = 'p/hot/a.zip';

describe('faults of an sftp storage', () => {
  let sshd: Sshd;
  let folder: string;
  let source: string;
  let options: UploadOptions;
  const opened: StoragePort[] = [];
  const open = (...args: Parameters<typeof storageOn>): StoragePort => {
    const storage = storageOn(...args);
    opened.push(storage);
    return storage;
  };
  const onServer = (path: string): string => join(sshd.root, base, path);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-faults-'));
    source = join(folder, 'source.zip');
    const content = randomBytes(size);
    await writeFile(source, content);
    options = { sha256: sha256(content), size, partId: 'backup-1' };
    sshd = await startSshd();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close()));
    await rm(join(sshd.root, base), { recursive: true, force: true });
  });
  afterAll(async () => {
    await sshd.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs `what` when a third of the upload is done. */
  const midway = (what: () => void) => {
    let happened = false;
    return ({ bytes }: { bytes: number }): void => {
      if (happened || bytes < size / 3) return;
      happened = true;
      what();
    };
  };
  const killSessions = (): void => {
    for (const pid of sshd.sessionPids()) process.kill(pid, 'SIGKILL');
  };
  const interruptedUpload = async (): Promise<void> => {
    const storage = open(sshd, { path: onServer('') });
    const upload = storage.upload(source, finalPath, { ...options, onProgress: midway(killSessions) });
    await expect(upload).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(existsSync(onServer(finalPath))).toBe(false);
  };

  describe('a connection cut in an upload', () => {
    it('leaves no final name, and the next try goes on from there', async () => {
      await interruptedUpload();
      const before = await stat(onServer(partPath(finalPath, options.partId)));
      const seen: number[] = [];
      const onProgress = ({ bytes }: { bytes: number }): void => void seen.push(bytes);
      const storage = open(sshd, { path: onServer('') });
      const result = await retryWhileInUse(() => storage.upload(source, finalPath, { ...options, onProgress }));
      expect(result.resumedFrom).toBeGreaterThanOrEqual(before.size);
      expect(seen[0]).toBeGreaterThan(before.size);
      expect(sha256(await readFile(onServer(finalPath)))).toBe(options.sha256);
      expect(await storage.list('p/hot')).toHaveLength(1);
    });

    it('starts over when what was sent has changed meanwhile', async () => {
      await interruptedUpload();
      const part = onServer(partPath(finalPath, options.partId));
      const bytes = await readFile(part);
      bytes[bytes.length - 100]! ^= 1;
      await writeFile(part, bytes);
      const storage = open(sshd, { path: onServer('') });
      expect(await storage.upload(source, finalPath, options)).toMatchObject({ resumedFrom: 0 });
      expect(sha256(await readFile(onServer(finalPath)))).toBe(options.sha256);
    });

    it('uses the same storage again with a new connection', async () => {
      const storage = open(sshd, { path: onServer('') });
      await storage.putSmall('p/a', 'a');
      killSessions();
      await retryUnreachable(() => storage.putSmall('p/b', 'b'));
      expect(await storage.list('p')).toHaveLength(2);
    });

    it('does not let a part that is cut short afterwards pass', async () => {
      const storage = open(sshd, { path: onServer('') });
      const part = onServer(partPath(finalPath, options.partId));
      const cut: Promise<void>[] = [];
      const onProgress = ({ bytes }: { bytes: number }): void => {
        if (bytes === size) cut.push(truncate(part, 1000));
      };
      const outcome = await storage
        .upload(source, finalPath, { ...options, onProgress })
        .catch((error: unknown) => error);
      await Promise.all(cut);
      expect(outcome).toMatchObject({ code: 'SIZE_MISMATCH', retryable: true });
      expect(existsSync(onServer(finalPath))).toBe(false);
    });
  });

  describe('a server that falls silent', () => {
    const freezing = (which: (pids: number[]) => number[]) => {
      const frozen: number[] = [];
      const freeze = (): void => {
        for (const pid of which(sshd.sessionPids())) {
          process.kill(pid, 'SIGSTOP');
          frozen.push(pid);
        }
      };
      const thaw = (): void => {
        for (const pid of frozen) process.kill(pid, 'SIGCONT');
      };
      return { freeze, thaw };
    };

    it.each([
      ['the whole session', (pids: number[]) => pids],
      ['its file server only, while the connection still answers', (pids: number[]) => pids.slice(-1)],
    ])('is an error, not an endless wait, in an upload: %s', async (_what, which) => {
      const storage = open(sshd, { path: onServer('') }, { silenceMs: 1500 });
      const { freeze, thaw } = freezing(which);
      const upload = storage.upload(source, finalPath, { ...options, onProgress: midway(freeze) });
      await expect(upload).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
      expect(existsSync(onServer(finalPath))).toBe(false);
      thaw();
    });

    it.each(['at once', 'while the answer is due'])('does not hold up an abort: %s', async (when) => {
      const storage = open(sshd, { path: onServer('') }, { silenceMs: 3_600_000 });
      const { freeze, thaw } = freezing((pids) => pids);
      const abort = new AbortController();
      await storage.putSmall('p/a', 'a');
      freeze();
      const waiting = storage.stat('p/a', { signal: abort.signal });
      if (when !== 'at once') await new Promise((resolve) => setTimeout(resolve, 50));
      abort.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
      thaw();
    });

    it('is an error while connecting', async () => {
      const mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
      await new Promise((resolve) => mute.once('listening', resolve));
      const { port } = mute.address() as AddressInfo;
      const storage = open({ ...sshd, port }, {}, { silenceMs: 500 });
      await expect(storage.list('')).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
      mute.close();
    });
  });

  describe('a full disk', () => {
    let disk: string;
    let mounted = false;
    let full: Sshd;
    beforeAll(async () => {
      disk = join(folder, 'disk');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]); // needs root, as on the machines that run these tests
      mounted = true;
      full = await startSshd({ root: disk });
    });
    afterEach(() => rm(join(disk, 'p'), { recursive: true, force: true }));
    afterAll(async () => {
      if (!mounted) return;
      await full.stop();
      execFileSync('umount', ['-l', disk]);
    });

    it('is noticed before anything is sent', async () => {
      const storage = open(full);
      const sent: number[] = [];
      const onProgress = ({ bytes }: { bytes: number }): void => void sent.push(bytes);
      const upload = storage.upload(source, finalPath, { ...options, onProgress });
      await expect(upload).rejects.toMatchObject({ code: 'NO_SPACE', retryable: false });
      expect(sent).toEqual([]);
    });

    it('is told from other failures when it fills up midway, and the part is removed', async () => {
      const storage = open(full);
      const small = join(folder, 'small.zip');
      const content = (await readFile(source)).subarray(0, 40 * 2 ** 20);
      await writeFile(small, content);
      const mine = { sha256: sha256(content), size: content.length, partId: 'backup-2' };
      const onProgress = fillOnce(join(disk, 'hog'), 20 * 2 ** 20);
      const upload = storage.upload(small, finalPath, { ...mine, onProgress });
      await expect(upload).rejects.toMatchObject({ code: 'NO_SPACE', retryable: false });
      expect(await storage.list('p/hot')).toEqual([]);
      await rm(join(disk, 'hog'));
      expect(await storage.upload(small, finalPath, mine)).toMatchObject({ resumedFrom: 0 });
    });
  });

  describe('the host key', () => {
    it('that has changed is refused before anything of the login is sent', async () => {
      const first = await startSshd();
      const { hostKeyFingerprint: pinned, port } = first;
      await first.stop();
      const changed = await startSshd({ port });
      const storage = open(changed, { host_key: pinned });
      const error = await storage.list('').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'HOST_KEY_MISMATCH', retryable: false });
      const { message, remedy } = error as { message: string; remedy: string };
      expect(message).toContain(pinned);
      expect(message).toContain(changed.hostKeyFingerprint);
      expect(remedy).toContain('ssh-keyscan');
      await settle(() => changed.log().includes('Connection closed') || changed.log().includes('Connection reset'));
      expect(changed.log()).not.toContain('userauth-request');
      expect(changed.log()).not.toContain('Accepted publickey');
      await storage.close();
      const trusting = open(changed);
      await trusting.list('');
      expect(changed.log()).toContain('userauth-request'); // so that the line above can fail
      await trusting.close();
      await changed.stop();
    });

    it('may be any of a pinned list', async () => {
      const storage = open(sshd, { host_key: [`SHA256:${'A'.repeat(43)}`, sshd.hostKeyFingerprint] });
      expect((await storage.check()).ok).toBe(true);
    });
  });

  describe('logging in', () => {
    it('with a key that the server does not know is refused for good', async () => {
      const storage = open(sshd, { private_key_file: sshd.strangerKeyFile });
      await expect(storage.list('')).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED', retryable: false });
    });

    it('with a key file that is missing or no key says so without connecting', async () => {
      const broken = join(folder, 'no-key');
      await writeFile(broken, 'no key');
      for (const keyFile of [broken, '/nowhere/key']) {
        const storage = open(sshd, { private_key_file: keyFile });
        const refused = { code: 'BAD_CONFIGURATION', message: expect.stringContaining(keyFile) };
        await expect(storage.list('')).rejects.toMatchObject(refused);
      }
    });

    it('with a key that others may read is refused, as OpenSSH does', async () => {
      const keyFile = join(folder, 'shared');
      await writeFile(keyFile, await readFile(sshd.privateKeyFile));
      await chmod(keyFile, 0o640);
      const refused = { code: 'BAD_CONFIGURATION', message: expect.stringMatching(/shared.*others may read it.*0640/) };
      await expect(open(sshd, { private_key_file: keyFile }).list('')).rejects.toMatchObject(refused);
      await chmod(keyFile, 0o600);
      await open(sshd, { private_key_file: keyFile }).list('');
    });

    it('with a key that has a passphrase needs that passphrase', async () => {
      const keyFile = join(folder, 'locked');
      await writeFile(keyFile, await readFile(sshd.privateKeyFile), { mode: 0o600 });
      execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', keyFile]);
      await open(sshd, { private_key_file: keyFile, passphrase: 'open sesame' }).list('');
      const wrong = open(sshd, { private_key_file: keyFile, passphrase: 'wrong phrase' });
      const error = await wrong.list('').catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ code: 'BAD_CONFIGURATION' });
      expect(JSON.stringify(error) + inspect(error)).not.toContain('wrong phrase');
    });
  });

  it('that is down is unreachable, to be tried again', async () => {
    const down = await startSshd();
    await down.stop();
    const storage = open({ ...down, privateKeyFile: sshd.privateKeyFile });
    await expect(storage.list('')).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  it('keeps to its number of connections', async () => {
    const storage = open(sshd, { path: onServer(''), max_connections: 2 });
    const most = await mostEstablishedTo(sshd.port, () =>
      Promise.all(Array.from({ length: 12 }, (_, i) => storage.putSmall(`p/${i}`, randomBytes(100)))),
    );
    expect(most).toBe(2);
  });

  it('ends a wait for a free connection when it is aborted', async () => {
    const storage = open(sshd, { path: onServer(''), max_connections: 1 });
    await storage.putSmall('p/a', randomBytes(3_000_000));
    const reading = storage.read('p/a')[Symbol.asyncIterator]();
    await reading.next();
    const abort = new AbortController();
    const waiting = storage.stat('p/a', { signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await reading.return?.();
    expect(await storage.stat('p/a')).toEqual({ size: 3_000_000 });
  });

  it('fails what is under way when it is closed', async () => {
    const storage = open(sshd, { path: onServer('') });
    const onProgress = midway(() => void storage.close());
    const upload = storage.upload(source, finalPath, { ...options, onProgress });
    await expect(upload).rejects.toMatchObject({ code: 'CLOSED' });
  });

  describe('checking', () => {
    const failedOf = async (storage: StoragePort): Promise<string[]> =>
      (await storage.check()).findings.filter((finding) => finding.status === 'failed').map((finding) => finding.name);

    it('names the step that fails', async () => {
      expect(await failedOf(open(sshd, { port: 1 }))).toEqual(['reachable']);
      expect(await failedOf(open(sshd, { host_key: `SHA256:${'A'.repeat(43)}` }))).toEqual(['host_key']);
      expect(await failedOf(open(sshd, { private_key_file: sshd.strangerKeyFile }))).toEqual(['authentication']);
      expect(await failedOf(open(sshd, { private_key_file: '/nowhere' }))).toEqual(['authentication']);
      await writeFile(join(sshd.root, 'a-file'), '');
      expect(await failedOf(open(sshd, { path: join(sshd.root, 'a-file/below') }))).toEqual(['base_path']);
    });

    it.each([
      ['runs', false, 'ok', 'server'],
      ['does not run', true, 'warning', 'download'],
    ])('tells that the server %s commands', async (_does, internalSftpOnly, status, method) => {
      const server = await startSshd({ internalSftpOnly });
      const storage = open(server);
      const { findings } = await storage.check();
      expect(findings.find((finding) => finding.name === 'server_hash')).toMatchObject({ status });
      await storage.putSmall('a', 'abc');
      expect(await storage.sha256('a')).toMatchObject({ method });
      await storage.close();
      await server.stop();
    });
  });
});

async function retryUnreachable<T>(work: () => Promise<T>): Promise<T> {
  return await work().catch((error: unknown) => {
    if ((error as { code?: string }).code !== 'UNREACHABLE') throw error;
    return work();
  });
}

async function settle(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 25));
}

/** Connections of this machine to a port, as the kernel counts them (state 01 is ESTABLISHED; ports are hexadecimal). */
