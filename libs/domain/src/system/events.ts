import { z } from 'zod';
import type { DomainEvent } from '../event.js';

/** Version 1. One stream per service. */
export const systemEventSchemas = {
  /** A service gave up on a message, so that the others could proceed (D6). A person has to look at it. */
  MessageQuarantined: z.object({
    service: z.string().min(1),
    eventId: z.string(),
    eventType: z.string(),
    subject: z.string(),
    /** The sequence of the message in NATS, which identifies it even where it can't be read. */
    position: z.int().nonnegative(),
    deliveries: z.int().positive(),
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
  }),
} as const;

export type SystemEvent = DomainEvent<
  'MessageQuarantined',
  z.output<(typeof systemEventSchemas)['MessageQuarantined']>
>;
