import type { ByteSource } from '@havun/archive';
import type { StoragePort } from '@havun/storage';

/** An archive read in its storage: only the parts that are needed are fetched. */
export async function storedSource(storage: StoragePort, path: string): Promise<ByteSource> {
  const file = await storage.openRead(path);
  return {
    name: `${storage.name}: ${path}`,
    size: file.size,
    read: (into, position) => file.read(into, position),
    close: () => file.close(),
  };
}
