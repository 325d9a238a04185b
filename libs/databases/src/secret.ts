import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { z } from 'zod';

/** A secret that does not print itself. Only the code that must send it reveals it. */
export interface Revealable {
  reveal(): string;
}
/** A schema that wraps the secret's text. The config library passes its own. */
export type SecretSchema = z.ZodType<Revealable, string>;

/** A random password of 48 hexadecimal digits. */
export function newPassword(): Revealable {
  const text = randomBytes(24).toString('hex');
  const hidden = () => '[secret]';
  return Object.assign({ reveal: () => text, toString: hidden, toJSON: hidden }, { [inspect.custom]: hidden });
}

/** The message of a database server or client, without the secrets that it may repeat. */
export function scrub(text: string, secrets: readonly (Revealable | undefined)[]): string {
  return secrets
    .map((secret) => secret?.reveal() ?? '')
    .filter((secret) => secret !== '')
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}
