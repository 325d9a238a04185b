import { inspect } from 'node:util';
import { z } from 'zod';

const masked = '[secret]';

/** A value that shows as `[secret]` wherever it is printed, logged or serialised; only `reveal()` gives it out. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return masked;
  }

  toJSON(): string {
    return masked;
  }

  [inspect.custom](): string {
    return masked;
  }
}

/** A non-empty string in the configuration that becomes a {@link Secret}. */
export const secretSchema = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));
