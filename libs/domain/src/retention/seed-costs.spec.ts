import { describe, expect, it } from '@jest/globals';
import { aPolicy } from '../testing/events.js';
import type { RetentionPolicy } from './policy.js';
import { simulate } from './simulate.js';
import { aContext, timezone } from './testing/kept.js';

const [megabyte, gigabyte] = [1e6, 1e9];
const begin = '2025-12-31T23:00:00.000Z';
interface Site {
  readonly cron: string;
  readonly megabytes: number;
  readonly policy: RetentionPolicy;
}
const law = { hotDays: 30, archiveYears: 7, autoCleanupArchive: false, complianceRequired: true } as const;
const mayGo = { hotDays: 30, autoCleanupArchive: true, complianceRequired: false } as const;
const sites = {
  havunadmin: { cron: '0 3 * * *', megabytes: 50, policy: { ...law, complianceType: 'belastingdienst' } },
  herdenkingsportaal: { cron: '0 4 * * *', megabytes: 150, policy: { ...law, complianceType: 'gdpr' } },
  havuncore: { cron: '0 5 * * 0', megabytes: 3, policy: { ...mayGo, archiveYears: 3 } },
  'havun-mcp': { cron: '0 6 * * 0', megabytes: 5, policy: { ...mayGo, archiveYears: 1 } },
} as const satisfies Record<string, Site>;

function simulated(project: keyof typeof sites, until: string) {
  const { cron, megabytes, policy } = sites[project];
  const { complianceRequired, autoCleanupArchive: canAutoDelete } = policy;
  const backupPolicy = aPolicy({ complianceRequired, canAutoDelete, copies: ['local', 'hetzner'] });
  const of = { project, backups: [], schedule: { cron, timezone }, backupPolicy, sizeBytes: megabytes * megabyte };
  return simulate(of, policy, { ...aContext(begin), until });
}

/** What lies offsite at the end, in GB of 10^9 bytes, and how many backups there are. */
function offsiteAfter(project: keyof typeof sites, until: string): { files: number; gigabytes: number } {
  const { months, left } = simulated(project, until);
  const stored = months.at(-1)?.stored.filter(({ storage }) => storage === 'hetzner') ?? [];
  return { files: left.length, gigabytes: stored.reduce((sum, { bytes }) => sum + bytes, 0) / gigabyte };
}

const sevenYears = '2032-12-31T23:00:00.000Z';

// The estimate that the sizes were ordered by: 130, 385, 1.1 and 1.9 GB, 518 GB in all.
describe('what four sites store offsite after seven years', () => {
  it('is what the estimate says for those that the law wants kept, less the rounding', () => {
    expect(offsiteAfter('havunadmin', sevenYears)).toEqual({ files: 2557, gigabytes: 127.85 });
    expect(offsiteAfter('herdenkingsportaal', sevenYears)).toEqual({ files: 2557, gigabytes: 383.55 });
  });

  it('is less for those whose archives may go: the estimate counts seven years for both', () => {
    const [core, mcp] = [offsiteAfter('havuncore', sevenYears), offsiteAfter('havun-mcp', sevenYears)];
    expect(core).toEqual({ files: 158, gigabytes: 0.474 });
    expect(mcp).toEqual({ files: 54, gigabytes: 0.27 });
    const weeks = 365;
    expect([weeks * 3 * megabyte, weeks * 5 * megabyte].map((bytes) => bytes / gigabyte)).toEqual([1.095, 1.825]);
  });

  it('comes to 512 GB rather than 518', () => {
    const all = (Object.keys(sites) as (keyof typeof sites)[]).map((project) => offsiteAfter(project, sevenYears));
    expect(all.reduce((sum, { gigabytes }) => sum + gigabytes, 0)).toBeCloseTo(512.15, 1);
  });

  it('does not stay there: what no command deletes grows by 73 GB a year', () => {
    const eightYears = '2033-12-31T23:00:00.000Z';
    expect(offsiteAfter('havunadmin', eightYears)).toEqual({ files: 2922, gigabytes: 146.1 });
    expect(offsiteAfter('herdenkingsportaal', eightYears)).toEqual({ files: 2922, gigabytes: 438.3 });
  });

  it('comes with 30 days of hot copies on the server itself', () => {
    const local = (['havunadmin', 'herdenkingsportaal', 'havuncore', 'havun-mcp'] as const).map((project) =>
      simulated(project, sevenYears)
        .months.at(-1)
        ?.stored.find(({ storage }) => storage === 'local'),
    );
    expect(local.map((one) => one && one.bytes / megabyte)).toEqual([1500, 4500, 12, 20]);
  });
});
