import { describe, expect, it } from '@jest/globals';
import { loadProposedPolicy } from './proposed-policy.js';
import { loadText, minimal, withConfigFile } from './testing/check-text.js';

const proposed = async (text: string) => {
  const config = await loadText(
    minimal({
      project: 'retention: {hot_retention_days: 30, archive_retention_years: 7}\ncompliance: {type: gdpr}',
    }),
  );
  const policy = await withConfigFile(text, (path) => loadProposedPolicy(path));
  return policy(config, 'tool');
};

describe('a proposed policy', () => {
  it('has what the file says, and else what is configured', async () => {
    expect(await proposed('retention: {hot_retention_days: 10}')).toEqual({
      hotDays: 10,
      autoCleanupArchive: false,
      complianceRequired: false,
      complianceType: 'gdpr',
      safetyBackupDays: 30,
    });
    expect(await proposed('compliance: {required: true}')).toMatchObject({ hotDays: 30, complianceRequired: true });
    expect(await proposed('{}')).toMatchObject({ hotDays: 30, archiveYears: 7 });
  });

  it.each([
    ['retention: {hot_retention_days: 30d}', 'retention.hot_retention_days'],
    ['retention: {keep: {daily: 7}}', 'retention.keep'],
    ['hot_retention_days: 30', 'unknown key "hot_retention_days"'],
    ['[1]', 'must be a section with keys'],
    ['retention: {', 'retention'],
  ])('is refused with all that is wrong: %s', async (text, message) => {
    await expect(proposed(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });
});
