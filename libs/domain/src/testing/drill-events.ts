import { drillSteps, type DrillEvent, type DrillEventData, type DrillResult } from '../drill/events.js';

const at = '2025-11-22T04:00:00.000Z';

/** What a drill found: all steps good, each with its own duration, unless overridden. */
export const aDrillResult = (changes: Partial<DrillResult> = {}): DrillResult => ({
  project: 'havunadmin',
  quarter: '2025-Q4',
  backup: { id: 'b30cdc32-411e-5647-ba66-145796146adf', name: '2025-11-21-03-00-00-havunadmin' },
  storage: 'hetzner',
  steps: drillSteps.map((step, i) => ({ step, result: 'ok', durationMs: 1000 * i + 250 })),
  recoveryMs: 18_000,
  report: '/backups/test-restores/2025-Q4-havunadmin-test.log',
  ...changes,
});

const defaults = {
  DrillRequested: { project: 'havunadmin', quarter: '2025-Q4', trigger: 'schedule', requestedBy: 'scheduler' },
  DrillStarted: { attempt: 1, runner: 'runner-1' },
  DrillPassed: aDrillResult(),
  DrillFailed: {
    ...aDrillResult(),
    code: 'CHECKSUM_MISMATCH',
    message: 'hetzner: the checksum differs',
    remedy: 'Make a new backup now.',
  },
} as const satisfies { [Type in DrillEvent['type']]: DrillEventData<Type> };

/** A plausible event of a drill: every field is set and can be overridden. */
export function aDrillEvent<Type extends DrillEvent['type']>(
  type: Type,
  { at: when = at, ...changes }: Partial<DrillEventData<Type>> & { at?: string } = {},
): Extract<DrillEvent, { type: Type }> {
  const event = { type, at: when, data: { ...defaults[type], ...changes } };
  return event as unknown as Extract<DrillEvent, { type: Type }>;
}
