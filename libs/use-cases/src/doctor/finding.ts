import { failureOf } from '@havun/domain';

/** One thing that backups depend on, and its state. */
export interface Finding {
  readonly area: string;
  /** `failed` prevents a backup, or has made the newest one fail or miss a copy. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
}

export const failed = (area: string, error: unknown): Finding => {
  const { code, message, remedy } = failureOf(error);
  return { area, status: 'failed', detail: `${message} [${code}]`, remedy };
};
