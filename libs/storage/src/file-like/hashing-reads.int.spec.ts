import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { doReading } from './hashing-reads.js';

const content = Buffer.from('0123456789abcdef');
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('a reading', () => {
  const memory = new SharedArrayBuffer(8);
  let folder: string;
  let file: FileHandle;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havun-reads-'));
    await writeFile(join(folder, 'a'), content);
    file = await open(join(folder, 'a'));
  });
  afterAll(async () => {
    await file.close();
    await rm(folder, { recursive: true });
  });
  const read = (reading: string, position: number, length = 8) =>
    doReading({ reading, descriptor: file.fd, position, memory, length });

  it('hashes what it has read so far, up to the end of the file', () => {
    expect(read('one', 0)).toEqual({ bytes: 8 });
    expect(Buffer.from(memory).toString()).toBe('01234567');
    expect(doReading({ reading: 'one', digest: 'now' }).sha256).toBe(sha256(content.subarray(0, 8)));
    expect([read('one', 8), read('one', 16)]).toEqual([{ bytes: 8 }, { bytes: 0 }]);
    expect(doReading({ reading: 'one', digest: 'last' }).sha256).toBe(sha256(content));
  });

  it('begins anew once its last hash was asked for, and knows nothing of other readings', () => {
    read('one', 0);
    expect(doReading({ reading: 'two', digest: 'now' }).sha256).toBe(sha256(Buffer.alloc(0)));
    doReading({ reading: 'one', digest: 'last' });
    expect(doReading({ reading: 'one', digest: 'now' }).sha256).toBe(sha256(Buffer.alloc(0)));
  });

  it('does not go on from where another thread was, whose hash is lost', () => {
    expect(() => read('three', 8)).toThrow('the thread that had begun to read has ended');
    read('three', 0);
    expect(() => read('three', 0)).toThrow('the thread that had begun to read has ended');
    doReading({ reading: 'three', digest: 'last' });
  });
});
