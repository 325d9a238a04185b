import type { ReadModel, ReadModelConfig } from './read-model.js';
import { ReadModelError } from './error.js';

/**
 * Opens the tables, making or upgrading them first unless `readOnly`.
 * @throws ReadModelError READ_MODEL_UNREACHABLE, READ_MODEL_ACCESS_DENIED, READ_MODEL_MISSING, READ_MODEL_NEWER, READ_MODEL_OLDER
 */
export function openReadModel(config: ReadModelConfig, _options: { readOnly?: boolean } = {}): Promise<ReadModel> {
  return Promise.reject(
    new ReadModelError('READ_MODEL_MISSING', `No tables in ${config.type}`, 'Wait for this release.'),
  );
}
