import { timeInName } from '@havun/domain';

/**
 * `20251122031000` of `restore-2025-11-22-03-10-00-havunadmin`: part of the names of what one restore makes, to tell it from what
 * others make.
 */
export const tokenOf = (name: string): string => (timeInName(name) ?? '').replaceAll('-', '');
