import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StorageCapabilities } from './index.js';
import { storageContract } from './testing/contract.js';
import { ObjectStorage, type Bucket } from './testing/object-storage.js';

const now = new Date('2025-11-21T02:00:00.000Z');

/** A kind without a file system can be added: the port asks only for what object stores can do. */
describe.each([true, false])('a storage that is no file system, with retention: %s', (retains) => {
  let bucket: Bucket;
  const open = (): ObjectStorage => new ObjectStorage('bucket', bucket, { retains, now: () => now });
  const capabilities: StorageCapabilities = {
    resumes: false,
    renames: false,
    hashesOnServer: false,
    measuresSpace: false,
    retains,
  };
  storageContract('an object store', capabilities, () => {
    bucket = new Map();
    return Promise.resolve({
      storage: open(),
      another: open,
      stored: (path) => Promise.resolve(bucket.get(path)!.content),
      tamper: (path, content) => Promise.resolve(void bucket.set(path, { content: Buffer.from(content) })),
    });
  });

  describe('a move that has to copy', () => {
    beforeEach(() => {
      bucket = new Map([['p/hot/a', { content: Buffer.from('a') }]]);
    });

    it('removes nothing when the copy is not what was copied', async () => {
      const storage = open();
      const set = bucket.set.bind(bucket);
      bucket.set = (key, { content }) => set(key, { content: content.subarray(1) });
      await expect(storage.move('p/hot/a', 'p/archive/a')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
      expect(bucket.get('p/hot/a')?.content.toString()).toBe('a');
    });
  });
});
