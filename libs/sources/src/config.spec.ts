import { describe, expect, it } from '@jest/globals';
import { includeSchema, pathsSchema } from './index.js';

describe('the configuration of a source', () => {
  it('refuses unknown keys and relative roots', () => {
    expect(pathsSchema.safeParse({ root: 'relative/path' }).success).toBe(false);
    expect(includeSchema.safeParse({ folders: [] }).success).toBe(false);
  });

  it('takes the paths of the original configuration, and marked ones', () => {
    const files = ['storage/app/invoices', '*.md', { path: 'maybe', optional: true }];
    expect(includeSchema.parse({ database: true, files, config: true }).files).toEqual(files);
    expect(pathsSchema.safeParse({ root: 'D:/GitHub/HavunCore' }).success).toBe(true);
  });
});
