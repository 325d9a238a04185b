import { failureOf } from '@havun/domain';

/** One thing that backups depend on, and how it is. */
export interface Finding {
  readonly area: string;
  /** `failed` stands in the way of a backup. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
}

export const failed = (area: string, error: unknown): Finding => {
  const { code, message, remedy } = failureOf(error);
  return { area, status: 'failed', detail: `${message} [${code}]`, remedy };
};
