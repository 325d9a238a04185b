import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { startServerProcess } from './server-process.js';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';

export interface SshdOptions {
  /** Every login gets SFTP and nothing else, as with many providers. */
  internalSftpOnly?: boolean;
  /** Folder for the test's files; without it, a temporary one that `stop()` removes. */
  root?: string;
  /** The port of an earlier server, which this one replaces. */
  port?: number;
}

export interface Sshd {
  host: '127.0.0.1';
  port: number;
  hostKeyFingerprint: string;
  username: string;
  privateKeyFile: string;
  /** A key that the server does not know. */
  strangerKeyFile: string;
  root: string;
  pid: number;
  /** The server's log so far, level DEBUG1. */
  log(): string;
  /** The processes that serve logged-in clients, the deepest last. */
  sessionPids(): number[];
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** A real OpenSSH server on 127.0.0.1 with its own keys, for the user that runs the tests. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await temporaryFolder('havun-sshd-');
  try {
    return await startIn(folder, options);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function startIn(folder: TemporaryFolder, options: SshdOptions): Promise<Sshd> {
  const home = folder.path;
  const keys = await makeKeys(home);
  const port = options.port ?? (await freePort());
  const root = options.root ?? join(home, 'files');
  await mkdir(root, { recursive: true });
  const [configFile, logFile] = [join(home, 'sshd_config'), join(home, 'sshd.log')];
  const { binary, libraries } = findSshd();
  await writeFile(configFile, [...configText(home, port, options), ...ownParts(binary), ''].join('\n'));
  const identity = await privilegeSeparation(home, libraries);
  const server = await startServerProcess({
    program: binary,
    args: ['-D', '-e', '-f', configFile],
    logFile,
    options: { env: { ...process.env, ...identity, LD_LIBRARY_PATH: libraries.join(delimiter) } },
    isReady: () => answers(port),
  });
  return {
    ...keys,
    host: '127.0.0.1',
    port,
    username: userInfo().username,
    root,
    pid: server.pid,
    log: () => readFileSync(logFile, 'utf8'),
    sessionPids: () => descendants(server.pid),
    async stop() {
      const sessions = descendants(server.pid);
      await server.end('SIGTERM');
      for (const pid of sessions) kill(pid);
      await folder.remove();
    },
  };
}

async function makeKeys(home: string) {
  const make = async (name: string): Promise<string> => {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
    return join(home, name);
  };
  const [hostKey, privateKeyFile, strangerKeyFile] = [await make('host'), await make('client'), await make('stranger')];
  await copyFile(`${privateKeyFile}.pub`, join(home, 'authorized_keys'));
  const { stdout } = await run('ssh-keygen', ['-lf', `${hostKey}.pub`]);
  return { hostKeyFingerprint: stdout.split(' ')[1]!, privateKeyFile, strangerKeyFile };
}

function configText(home: string, port: number, { internalSftpOnly = false }: SshdOptions): string[] {
  return [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(home, 'host')}`,
    `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
    'PidFile none',
    'LogLevel DEBUG1',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    ...(internalSftpOnly ? ['ForceCommand internal-sftp'] : []),
  ];
}

/**
 * OpenSSH 9.8 and later start further programs. An unpacked server has them beside itself, not in their usual place. They also
 * block, for a while, an address that failed to log in, as tests do on purpose.
 */
function ownParts(binary: string): string[] {
  const parts = { SshdSessionPath: 'sshd-session', SshdAuthPath: 'sshd-auth' };
  const lines = Object.entries(parts)
    .map(([key, name]) => [key, join(dirname(binary), '../lib/openssh', name)] as const)
    .filter(([, path]) => existsSync(path))
    .map(([key, path]) => `${key} ${path}`);
  return lines.length === 0 ? [] : [...lines, 'PerSourcePenalties no'];
}

/**
 * If root starts it, sshd insists on an empty folder and on a user that its installation would create. Where that user is
 * missing, nss_wrapper shows the server a user database with it; the machine's own stays as it is.
 */
async function privilegeSeparation(home: string, libraries: string[]): Promise<Record<string, string>> {
  if (process.getuid?.() !== 0) return {};
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const users = await readFile('/etc/passwd', 'utf8');
  if (/^sshd:/m.test(users)) return {};
  const wrapper = libraries.map((folder) => join(folder, 'libnss_wrapper.so')).find((path) => existsSync(path));
  if (wrapper === undefined) throw new Error('There is no user sshd: run "npm test", which fetches what stands in.');
  const copy = join(home, 'passwd');
  await writeFile(copy, `${users.trimEnd()}\nsshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`, { mode: 0o644 });
  return { LD_PRELOAD: wrapper, NSS_WRAPPER_PASSWD: copy, NSS_WRAPPER_GROUP: '/etc/group' };
}

/** The server that the project has unpacked comes first: it needs no installation. */
function findSshd(): { binary: string; libraries: string[] } {
  const unpacked = fileURLToPath(new URL('../../../.cache/debian/openssh-server/', import.meta.url));
  const inPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'sshd'));
  const places = [join(unpacked, 'usr/sbin/sshd'), ...inPath, '/usr/sbin/sshd'];
  const binary = places.find((place) => existsSync(place));
  if (binary === undefined)
    throw new Error('These tests need an sshd: run "npm test", which fetches one, or install openssh-server.');
  const libraryRoot = join(unpacked, 'usr/lib');
  const libraries = existsSync(libraryRoot) ? readdirSync(libraryRoot).map((name) => join(libraryRoot, name)) : [];
  return { binary, libraries };
}

/** Whether a connection gets the server's banner, and is not just closed. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const banner = new Promise<boolean>((resolve) => {
    socket.once('data', () => {
      resolve(true);
    });
    socket.once('close', () => {
      resolve(false);
    });
  });
  socket.setTimeout(5_000, () => socket.destroy());
  return banner.finally(() => socket.destroy());
}

/** Ends a process that may have ended already. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was faster
  }
}

function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return []; // it has ended already
  }
}
