import { z } from 'zod';
import type { DomainEvent } from '../event.js';
import { attemptFields, failureFields, milliseconds, quarter, text } from '../event-fields.js';

/** The steps of a drill, in order. A step that fails makes the others pointless, except the cleanup. */
export const drillSteps = ['download', 'checksum', 'extract', 'database', 'tables', 'files', 'cleanup'] as const;
export type DrillStep = (typeof drillSteps)[number];

const stepResult = z.object({
  step: z.enum(drillSteps),
  /** `skipped`: there was nothing to do (a project without a database), or an earlier step failed. */
  result: z.enum(['ok', 'failed', 'skipped']),
  durationMs: milliseconds,
  /** What was done or seen, in one line: figures, and no file names (D4). */
  detail: z.string().optional(),
  failure: z.object(failureFields).optional(),
});

const result = {
  quarter,
  project: text,
  /** The backup that was restored; absent where none could be chosen. */
  backup: z.object({ id: z.uuid(), name: text }).optional(),
  /** The storage that the archive came from. */
  storage: text.optional(),
  steps: z.array(stepResult),
  /** From the first byte of the download until database and files are checked: the measured recovery time. */
  recoveryMs: milliseconds,
  /** Path of the report, on the project's host. */
  report: text.optional(),
};

/** Version 1 of every event of one drill. */
export const drillEventSchemas = {
  DrillRequested: z.object({
    project: text,
    quarter,
    trigger: z.enum(['schedule', 'manual']),
    requestedBy: text,
  }),
  DrillStarted: z.object(attemptFields),
  DrillPassed: z.object(result),
  DrillFailed: z.object({ ...result, ...failureFields }),
} as const;

export type DrillEventType = keyof typeof drillEventSchemas;
export type DrillEventData<Type extends DrillEventType> = z.output<(typeof drillEventSchemas)[Type]>;
export type DrillEvent = { [Type in DrillEventType]: DomainEvent<Type, DrillEventData<Type>> }[DrillEventType];
export type DrillStepResult = z.output<typeof stepResult>;
export type DrillResult = DrillEventData<'DrillPassed'>;
