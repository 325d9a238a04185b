import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { findConfigFile } from './environment.js';
import { withConfigFile } from './testing/check-text.js';

describe('finding the configuration', () => {
  it('takes --config, then HAVUN_CONFIG, then havun.yaml in the working folder', async () => {
    await withConfigFile('', async (path, cwd) => {
      for (const name of ['flag.yaml', 'variable.yaml']) await writeFile(`${cwd}/${name}`, '');
      const env = { HAVUN_CONFIG: `${cwd}/variable.yaml` };
      expect(findConfigFile({ flag: 'flag.yaml', env, cwd })).toBe(`${cwd}/flag.yaml`);
      expect(findConfigFile({ env, cwd })).toBe(`${cwd}/variable.yaml`);
      expect(findConfigFile({ env: { HAVUN_CONFIG: '' }, cwd })).toBe(path);
    });
  });

  it('lists where it looked when there is none, and looks nowhere else once it was told where', async () => {
    await withConfigFile('', (_path, cwd) => {
      const missing = { code: 'CONFIG_NOT_FOUND', message: expect.stringContaining(`${cwd}/other.yaml`) };
      expect(() => findConfigFile({ flag: 'other.yaml', env: {}, cwd })).toThrow(expect.objectContaining(missing));
      expect(() => findConfigFile({ env: {}, cwd: `${cwd}/none` })).toThrow(
        expect.objectContaining({ message: expect.stringMatching(/none\/havun\.yaml and \/etc\/havun\/havun\.yaml/) }),
      );
      return Promise.resolve();
    });
  });
});
