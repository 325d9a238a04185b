import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { onFile } from '../file-errors.js';

/** How long a slot that was released is left to the waiting processes. */
const handOverMs = 500;
/** How often a waiting process looks again in any case, and after another process was faster. */
const [lookAgainMs, lostRaceMs] = [5_000, 50];

/**
 * A number of slots that all processes of this machine share, without a server of our own. A slot is a folder; its holder is the
 * process with a listening socket in it:
 * - A process takes a slot by renaming a folder with such a socket over it. The file system refuses that while the slot's folder
 *   is not empty.
 * - A socket whose process has ended refuses connections for good. Its name is unique, so any process may remove it without risk
 *   of removing another's.
 * - A waiting process stays connected to the holders. So it notices when one of them releases its slot or dies, and a holder
 *   knows that others wait.
 */
export class HostSlots {
  private readonly givenAway = new Map<number, number>();
  private ready: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    private readonly count: number,
  ) {}

  /**
   * Waits until one of the given slots is free. @param holder a word for people: who holds it
   * @throws the signal's reason, and StorageError where the folder can't be used
   */
  async take(indexes: readonly number[], holder: string, signal: AbortSignal): Promise<Slot> {
    await (this.ready ??= this.prepare());
    for (;;) {
      signal.throwIfAborted();
      const holders: Socket[] = [];
      let lookAgain = lookAgainMs;
      try {
        for (const index of indexes) {
          const held = await this.holderOf(index);
          const handOver = (this.givenAway.get(index) ?? 0) - performance.now();
          if (held) holders.push(held);
          else if (handOver > 0) lookAgain = Math.min(lookAgain, handOver);
          else {
            const slot = await this.claim(index, holder);
            if (slot) return slot;
            lookAgain = lostRaceMs;
          }
          if (held) this.givenAway.delete(index);
        }
        await oneLetsGo(holders, lookAgain, signal);
      } finally {
        for (const socket of holders) socket.destroy();
      }
    }
  }

  /** Who holds a slot now, as far as their names tell. */
  async holders(): Promise<string[]> {
    const names = await Promise.all(
      Array.from({ length: this.count }, (_, index) => readdir(this.place(index)).catch(() => [])),
    );
    return names.flat().map((name) => name.replace(/\.[^.]*$/, '').replace(/\.(\d+)$/, ' (process $1)'));
  }

  private place(index: number): string {
    return join(this.folder, `slot-${index}`);
  }

  /** Makes the folder, and removes what processes left that died while they were taking a slot. */
  private async prepare(): Promise<void> {
    await onFile('make the folder', this.folder, () => mkdir(this.folder, { recursive: true, mode: 0o700 }));
    for (const name of await readdir(this.folder)) {
      const pid = /^claim\.(\d+)\./.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid)))
        await rm(join(this.folder, name), { recursive: true, force: true });
    }
  }

  /** A connection to the holder of a slot; undefined where there is none, or none that this user may ask. */
  private async holderOf(index: number): Promise<Socket | undefined> {
    const opened = await openFolder(this.place(index)).catch((error: unknown) => {
      if (['ENOENT', 'EACCES'].includes(codeOf(error))) return undefined;
      throw error;
    });
    if (!opened) return undefined;
    try {
      // Through the opened folder: its path may lead to another folder by now.
      for (const name of await readdir(within(opened))) {
        const socket = await knock(within(opened, name));
        if (typeof socket === 'object') return socket;
        if (socket === 'dead') await unlink(within(opened, name)).catch(() => undefined); // another process was faster
      }
      return undefined;
    } finally {
      await opened.close();
    }
  }

  private async claim(index: number, holder: string): Promise<Slot | undefined> {
    const id = `${process.pid}.${randomUUID().slice(0, 8)}`;
    const path = join(this.folder, `claim.${id}`);
    return onFile('take a connection slot in', path, async () => {
      await mkdir(path, { mode: 0o700 });
      const folder = await openFolder(path);
      const slot = new Slot(index, folder, () => this.givenAway.set(index, performance.now() + handOverMs));
      try {
        await slot.listen(within(folder, `${holder.replace(/[^\w-]/g, '-').slice(0, 40)}.${id}`));
        await rename(path, this.place(index));
        return slot;
      } catch (error) {
        await slot.release();
        await rm(path, { recursive: true, force: true });
        // ENOENT: another process has removed it, because it took us for dead.
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) return undefined;
        throw error;
      }
    });
  }
}

/** A slot that this process holds. */
export class Slot {
  readonly since = performance.now();
  /** Called when another process begins to wait. */
  onWanted: () => void = () => undefined;
  private readonly server: Server;
  private readonly visitors = new Set<Socket>();
  private readonly waiting = new Set<Socket>();

  constructor(
    readonly index: number,
    private readonly folder: FileHandle,
    private readonly onGivenAway: () => void,
  ) {
    this.server = createServer((socket) => {
      this.visit(socket);
    }).unref();
  }

  /** Whether any process waits, for this slot or another. */
  get wanted(): boolean {
    return this.waiting.size > 0;
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ path }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** The waiting processes get the first chance to take it. */
  async release(): Promise<void> {
    if (this.wanted) this.onGivenAway();
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      for (const socket of this.visitors) socket.destroy();
    });
    await this.folder.close().catch(() => undefined); // it only held the slot: nothing was written that could be lost
  }

  private visit(socket: Socket): void {
    socket.unref();
    this.visitors.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.visitors.delete(socket);
      this.waiting.delete(socket);
    });
    socket.once('data', () => {
      this.waiting.add(socket);
      this.onWanted();
    });
  }
}

/** Tells the holders that somebody waits. Settles when one of them releases its slot, or after a while. */
async function oneLetsGo(holders: readonly Socket[], patienceMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(patience);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const patience = setTimeout(done, patienceMs);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
    for (const socket of holders) {
      socket.once('close', done);
      if (socket.destroyed) done();
      else socket.write('w');
    }
  });
}

/** A connection; `dead` where nobody will ever answer; `unclear` where that is not known, so that the attempt to take the slot decides. */
function knock(path: string): Promise<Socket | 'dead' | 'unclear'> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.on('error', () => socket.destroy());
      socket.resume();
      resolve(socket);
    });
    socket.once('error', (error) => {
      resolve(codeOf(error) === 'ECONNREFUSED' ? 'dead' : 'unclear');
    });
  });
}

const openFolder = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | constants.O_DIRECTORY);

/** A short path, wherever the folder is: the path of a socket has at most 107 bytes. */
const within = (folder: FileHandle, name = ''): string => `/proc/self/fd/${folder.fd}/${name}`;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
