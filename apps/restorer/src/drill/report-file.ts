import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { drillReport, type DrillResult, type Failure } from '@havun/domain';
import { reportsFolder } from '@havun/restore';

/**
 * Writes the report of a drill: `2025-Q4-<project>-test.log`, and `-test-2.log` for the second of the quarter. Never replaces an
 * existing file.
 * @param at when the drill ended, ISO 8601. @returns its path
 */
export async function writeReport(
  local: string,
  { at, result, failure }: { at: string; result: DrillResult; failure?: Failure | undefined },
): Promise<string> {
  const folder = reportsFolder(local);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const report = join(folder, `${result.quarter}-${result.project}-test${suffix}.log`);
    if (await writeNew(report, drillReport(at, { ...result, report }, failure))) return report;
  }
}

/** @returns false where the name is taken */
async function writeNew(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
