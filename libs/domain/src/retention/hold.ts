import { z } from 'zod';
import { text } from '../event-fields.js';

export const holdFields = {
  holdId: z.uuid(),
  by: text,
  reason: text,
  /** From then on it holds nothing any more; absent: until it is released. */
  until: z.iso.datetime().optional(),
  /** When somebody is to look at it again. It goes on holding. */
  review: z.iso.datetime().optional(),
};

/** Nothing that it covers is deleted, whatever the policy says. */
export interface Hold {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly placedAt: string;
  readonly until?: string | undefined;
  readonly review?: string | undefined;
}

/** @param now ISO 8601 in UTC */
export const isInForce = ({ until }: Hold, now: string): boolean => until === undefined || now < until;

export const holdsInForce = (holds: readonly Hold[] | undefined, now: string): Hold[] =>
  (holds ?? []).filter((hold) => isInForce(hold, now));
