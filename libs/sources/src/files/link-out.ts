import { printable } from '@havun/text';
import { realpath } from 'node:fs/promises';
import type { SourceWarning } from '../source.js';
import type { Found } from './walk.js';

/**
 * Links are archived and not followed. So what a link leads to is in no archive, unless it is included itself: a warning, as an
 * archive may well be empty but for that link.
 * @param isIncluded whether a path relative to the root is in the archive
 */
export async function linkOut(
  root: string,
  { path, location }: Found,
  isIncluded: (path: string) => boolean,
): Promise<SourceWarning | undefined> {
  // Nothing is lost with a link that leads to nothing, or that is gone by now.
  const real = await realpath(location).catch(() => undefined);
  if (real === undefined || (real.startsWith(`${root}/`) && isIncluded(real.slice(root.length + 1)))) return undefined;
  return {
    code: 'LINK_LEADS_OUT',
    path,
    message: `${printable(path)} is a link to ${printable(real)}, which is not included: the link is archived, and not what it leads to`,
  };
}
