import { z } from 'zod';

/** Parts that the data of several events share. Released events have these shapes: a change here is a new version there. */

export const bytes = z.int().nonnegative();
export const count = z.int().nonnegative();
export const milliseconds = z.int().nonnegative();
export const seconds = z.int().nonnegative();
/** In hexadecimal, lower case. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A non-empty text, such as a name. */
export const text = z.string().min(1);

/** Why something did not happen; spread into the data of events that say so. */
export const failureFields = { code: text, message: z.string(), remedy: z.string() };

/** Where a copy is: the name of the storage, and the path inside it, relative to that storage's base folder. */
export const copyFields = { storage: text, path: text };

/** The facts about an archive, the same for every copy of it. */
export const archiveFields = {
  size: bytes,
  sha256,
  manifestSha256: sha256,
  entries: count,
  sourceBytes: bytes,
  encrypted: z.boolean(),
};

/** A runner begins to work on something. */
export const attemptFields = { attempt: z.int().positive(), runner: text };

/** How often each warning was given. It does not say which files were concerned: names may be personal data (D4). */
export const warningCounts = z.array(z.object({ code: z.string(), count: z.int().positive() }));

/**
 * What an archive lacks of what it was asked to hold. `names` are those of tables and databases, and paths of the configuration,
 * the first few of `count`; a file below them is counted only.
 */
export const missingParts = z.array(
  z.object({ code: text, count: z.int().positive(), names: z.array(z.string()).optional() }),
);

/** `2025-Q4`. */
export const quarter = z.string().regex(/^\d{4}-Q[1-4]$/);
