import type { z } from 'zod';
import { backupEventSchemas, type BackupEvent } from './backup/events.js';
import { drillEventSchemas, type DrillEvent } from './drill/events.js';
import type { Category, DomainEvent } from './event.js';
import { projectEventSchemas, type ProjectEvent } from './project/events.js';
import { restoreEventSchemas, type RestoreEvent } from './restore/events.js';
import { retentionEventSchemas, type RetentionEvent } from './retention/events.js';
import { systemEventSchemas, type SystemEvent } from './system/events.js';

/** Turns the data of one version into those of the next. The first upcaster in an event's list turns version 1 into 2. */
export type Upcaster = (data: unknown) => unknown;

export interface EventDefinition {
  readonly category: Category;
  /** The version that is written at present: one more than there are upcasters. */
  readonly version: number;
  readonly schema: z.ZodType;
  readonly upcasters: readonly Upcaster[];
}

export type HavunEvent = BackupEvent | RestoreEvent | DrillEvent | ProjectEvent | RetentionEvent | SystemEvent;
export type HavunEventType = HavunEvent['type'];

const define = (category: Category, schema: z.ZodType, upcasters: readonly Upcaster[] = []): EventDefinition => ({
  category,
  version: upcasters.length + 1,
  schema,
  upcasters,
});

const defineAll = <Schemas extends Record<string, z.ZodType>>(category: Category, schemas: Schemas) =>
  Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, define(category, schema)])) as {
    [Type in keyof Schemas]: EventDefinition;
  };

/** Every event that exists. A changed shape is added here to its event, with its upcaster. */
export const eventDefinitions: Readonly<Record<HavunEventType, EventDefinition>> = {
  ...defineAll('backup', backupEventSchemas),
  ...defineAll('restore', restoreEventSchemas),
  ...defineAll('drill', drillEventSchemas),
  ...defineAll('project', projectEventSchemas),
  ...defineAll('retention', retentionEventSchemas),
  ...defineAll('system', systemEventSchemas),
};

/** An event that can't be read or must not be written: the log is never guessed at. */
export class EventFormatError extends Error {
  readonly retryable = false;
  constructor(
    readonly code: 'UNKNOWN_EVENT_TYPE' | 'UNKNOWN_EVENT_VERSION' | 'INVALID_EVENT_DATA',
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EventFormatError';
  }
}

/**
 * Reads an event as it was stored, bringing older versions up to date.
 * @param version the version that it was stored as
 * @param data the parsed JSON of it
 * @throws EventFormatError for a type or version that this release does not know, or data that do not fit
 */
export function readEvent(type: string, version: number, at: string, data: unknown): HavunEvent {
  return { type, at, data: readData(type, definitionOf(type), version, data) } as HavunEvent;
}

/** Upgrades the data of a stored version to the present one, one version at a time, and checks them. @throws EventFormatError */
export function readData(type: string, definition: EventDefinition, version: number, data: unknown): unknown {
  if (version < 1 || version > definition.version) {
    throw new EventFormatError(
      'UNKNOWN_EVENT_VERSION',
      `${type} is stored as version ${version}, and this release reads up to version ${definition.version}`,
      'A newer release wrote to this log: upgrade this service to at least that release.',
    );
  }
  const current = definition.upcasters.slice(version - 1).reduce((older, upcast) => upcast(older), data);
  return checked(type, definition, current);
}

/** Checks an event before it is written. @throws EventFormatError naming every field that does not fit */
export function checkEvent(event: DomainEvent): HavunEvent {
  return { ...event, data: checked(event.type, definitionOf(event.type), event.data) } as HavunEvent;
}

export function definitionOf(type: string): EventDefinition {
  if (Object.hasOwn(eventDefinitions, type)) return eventDefinitions[type as HavunEventType];
  throw new EventFormatError(
    'UNKNOWN_EVENT_TYPE',
    `This release knows no event of the type "${type}"`,
    'A newer release wrote to this log, or something else did: upgrade this service, and check who may publish.',
  );
}

function checked(type: string, { schema }: EventDefinition, data: unknown): unknown {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.') || '(data)'}: ${message}`);
  throw new EventFormatError(
    'INVALID_EVENT_DATA',
    `${type} has data that do not fit its schema: ${issues.join('; ')}`,
    'Something other than this product wrote it, or this is a defect: the event is named in the log, look at it there.',
  );
}
