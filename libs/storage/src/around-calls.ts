import type { CallOptions, StoragePort } from './port.js';

export interface Call {
  readonly operation: keyof StoragePort;
  /** Whether the same call may be made again after it failed. */
  readonly repeatable: boolean;
  readonly options: CallOptions;
}

/** Runs before, after or instead of a call. */
export type Around = <Result>(call: Call, work: () => Promise<Result>) => Promise<Result>;

/**
 * A storage whose every call passes through `around`. Retrying is such a layer; so is anything else that wraps every storage. A
 * stream counts as one call until its first chunk has come, an open file until it is open.
 */
export function aroundCalls(inner: StoragePort, around: Around): StoragePort {
  const call = <Result>(
    operation: keyof StoragePort,
    options: CallOptions = {},
    work: () => Promise<Result>,
    repeatable = true,
  ): Promise<Result> => around({ operation, repeatable, options }, work);
  return {
    name: inner.name,
    type: inner.type,
    capabilities: inner.capabilities,
    upload: (local, remote, options) => call('upload', options, () => inner.upload(local, remote, options)),
    download: (remote, local, options) => call('download', options, () => inner.download(remote, local, options)),
    read: (path, options) => readAround(inner, path, options, around),
    openRead: (path, options) => call('openRead', options, () => inner.openRead(path, options)),
    sha256: (path, options) => call('sha256', options, () => inner.sha256(path, options)),
    putSmall: (path, content, options) => call('putSmall', options, () => inner.putSmall(path, content, options)),
    readSmall: (path, limit, options) => call('readSmall', options, () => inner.readSmall(path, limit, options)),
    list: (folder, options) => call('list', options, () => inner.list(folder, options)),
    stat: (path, options) => call('stat', options, () => inner.stat(path, options)),
    remove: (path, options) => call('remove', options, () => inner.remove(path, options)),
    move: (from, to, options) =>
      call('move', options, () => inner.move(from, to, options), options?.content !== undefined),
    freeSpace: (options) => call('freeSpace', options, () => inner.freeSpace(options)),
    check: (options) => call('check', options, () => inner.check(options), false),
    close: () => inner.close(),
  };
}

async function* readAround(
  inner: StoragePort,
  path: string,
  options: CallOptions = {},
  around: Around,
): AsyncGenerator<Uint8Array, void, undefined> {
  const begun = await around({ operation: 'read', repeatable: true, options }, async () => {
    const chunks = inner.read(path, options)[Symbol.asyncIterator]();
    return { chunks, first: await chunks.next() };
  });
  try {
    for (let next = begun.first; next.done !== true; next = await begun.chunks.next()) yield next.value;
  } finally {
    await begun.chunks.return?.();
  }
}
