import type { HavunConfig } from '@havun/config';
import { Storages } from '@havun/storage';
import { failed, type Finding } from './finding.js';

export async function checkStorages(config: HavunConfig): Promise<Finding[]> {
  const storages = new Storages(config.storage);
  try {
    const checks = await Promise.all(
      storages.all().map(async (storage) => ({ name: storage.name, ...(await storage.check()) })),
    );
    return checks.flatMap(({ name, findings }) =>
      findings.map((finding): Finding => ({ area: `storage ${name}`, ...finding })),
    );
  } catch (error) {
    return [failed('storage', error)];
  } finally {
    await storages.close();
  }
}
