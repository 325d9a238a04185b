import type { DumpContents } from '../verify-dump.js';

interface Scanner {
  write(chunk: Buffer): void;
  end(): DumpContents;
}

/** The result of a scanner for a dump that arrives in pieces of each of these sizes. */
export function scanInPieces(
  dump: Buffer,
  create: () => Scanner,
  sizes = [1, 2, 79, 80, 81, 4096, dump.length],
): DumpContents[] {
  return sizes.map((size) => {
    const scanner = create();
    for (let at = 0; at < dump.length; at += size) scanner.write(dump.subarray(at, at + size));
    return scanner.end();
  });
}
