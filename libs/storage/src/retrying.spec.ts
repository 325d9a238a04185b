import { describe, expect, it } from '@jest/globals';
import { StorageError, retrying, type Retry, type StorageErrorCode, type StoragePort } from './index.js';
import { ObjectStorage } from './testing/object-storage.js';

/** A storage in memory whose next calls fail first. */
class Unsteady extends ObjectStorage {
  calls = 0;
  failures: StorageErrorCode[] = [];

  constructor() {
    super('bucket', new Map(), { retains: false, now: () => new Date(0) });
  }

  fail(code: StorageErrorCode, times = 1): void {
    this.failures.push(...Array<StorageErrorCode>(times).fill(code));
  }

  private failing(): void {
    this.calls += 1;
    const code = this.failures.shift();
    if (code) throw new StorageError(code, `${code} happened`, 'Wait.');
  }

  override stat(...args: Parameters<StoragePort['stat']>) {
    return Promise.resolve().then(() => {
      this.failing();
      return super.stat(...args);
    });
  }

  override move(...args: Parameters<StoragePort['move']>) {
    return Promise.resolve().then(() => {
      this.failing();
      return super.move(...args);
    });
  }

  override async *read(...args: Parameters<StoragePort['read']>): AsyncGenerator<Uint8Array, void, undefined> {
    this.failing();
    for await (const chunk of super.read(...args)) {
      yield chunk;
      this.failing();
    }
  }
}

const settings = { attempts: 4, firstDelayMs: 1, longestDelayMs: 2 };
const never = 3_600_000;

describe('a storage that tries again', () => {
  const make = (): { inner: Unsteady; storage: StoragePort } => {
    const inner = new Unsteady();
    return { inner, storage: retrying(inner, settings) };
  };

  it('makes a call again until it works, waiting longer each time up to the longest', async () => {
    const { inner, storage } = make();
    await storage.putSmall('p/a', 'abc');
    inner.fail('UNREACHABLE', 3);
    const retries: Retry[] = [];
    expect(await storage.stat('p/a', { onRetry: (retry) => retries.push(retry) })).toEqual({ size: 3 });
    expect(retries.map(({ attempt, of, delayMs }) => [attempt, of, delayMs])).toEqual([
      [1, 4, 1],
      [2, 4, 2],
      [3, 4, 2],
    ]);
    expect(retries[0]?.error).toMatchObject({ code: 'UNREACHABLE' });
  });

  it('gives up after the last attempt, with the error and the count', async () => {
    const { inner, storage } = make();
    inner.fail('UNREACHABLE', 9);
    const stat = storage.stat('p/a');
    await expect(stat).rejects.toMatchObject({ code: 'UNREACHABLE', attempts: 4, remedy: 'Wait.' });
    expect(inner.calls).toBe(4);
  });

  it('gives up at once on an error that trying again does not mend', async () => {
    const { inner, storage } = make();
    inner.fail('AUTHENTICATION_FAILED', 9);
    await expect(storage.stat('p/a')).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED', attempts: 1 });
    expect(inner.calls).toBe(1);
  });

  it('stops waiting when it is aborted', async () => {
    const inner = new Unsteady();
    const storage = retrying(inner, { attempts: 4, firstDelayMs: never, longestDelayMs: never });
    inner.fail('UNREACHABLE', 9);
    const abort = new AbortController();
    const onRetry = (): void => {
      setImmediate(() => {
        abort.abort(new Error('draining'));
      });
    };
    const stat = storage.stat('p/a', { signal: abort.signal, onRetry });
    await expect(stat).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'draining' } });
    expect(inner.calls).toBe(1);
  });

  it('makes a move again only where it was told what is moved', async () => {
    const { inner, storage } = make();
    await storage.putSmall('p/a', '');
    const content = { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', size: 0 };
    inner.fail('UNREACHABLE');
    await expect(storage.move('p/a', 'p/b')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    inner.fail('UNREACHABLE');
    await storage.move('p/a', 'p/b', { content });
    expect(await storage.stat('p/b')).toEqual({ size: 0 });
  });

  it('begins a stream again, but never goes on in the middle of one', async () => {
    const { inner, storage } = make();
    await storage.putSmall('p/a', Buffer.alloc(600_000));
    const length = async (): Promise<number> => {
      let bytes = 0;
      for await (const chunk of storage.read('p/a')) bytes += chunk.length;
      return bytes;
    };
    inner.fail('UNREACHABLE', 2);
    expect(await length()).toBe(600_000);
    const [chunks] = [storage.read('p/a')[Symbol.asyncIterator]()];
    await chunks.next();
    inner.fail('UNREACHABLE');
    await expect(chunks.next()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
