import { timeInName } from '@havun/domain';

/** `20251122031000` of `restore-2025-11-22-03-10-00-havunadmin`: tells what one restore makes from what another does. */
export const tokenOf = (name: string): string => (timeInName(name) ?? '').replaceAll('-', '');
