import type { Storages } from '@havun/storage';
import { failed, type Finding } from './finding.js';

export async function checkStorages(storages: Storages): Promise<Finding[]> {
  try {
    const checks = await Promise.all(
      storages.all().map(async (storage) => ({ name: storage.name, ...(await storage.check()) })),
    );
    return checks.flatMap(({ name, findings }) =>
      findings.map((finding): Finding => ({ area: `storage ${name}`, ...finding })),
    );
  } catch (error) {
    return [failed('storage', error)];
  }
}
