/** Uploads a file by SFTP: a fresh connection, the content hashed on the way, synced on the server, renamed. */
import { createStorage, storageConfigSchema } from '@havun/storage';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface UploadInput {
  config: Record<string, unknown>;
  file: string;
  remotePath: string;
  sha256: string;
  size: number;
}

const { config, file, remotePath, sha256, size } = driverInput() as UploadInput;
const storage = createStorage('bench', storageConfigSchema.parse(config));
const seconds = await timed(async () => {
  await storage.upload(file, remotePath, { sha256, size, partId: 'bench' });
  await storage.close();
});
answer({ seconds });
