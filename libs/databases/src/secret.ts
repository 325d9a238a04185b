import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { z } from 'zod';

/** A secret that prints as something else; only the code that must send it reveals it. */
export interface Revealable {
  reveal(): string;
}
/** A schema that takes the secret's text and gives it wrapped. The config library passes its own. */
export type SecretSchema = z.ZodType<Revealable, string>;

/** A password of 48 hexadecimal digits, which nobody knows. */
export function newPassword(): Revealable {
  const text = randomBytes(24).toString('hex');
  const hidden = () => '[secret]';
  return Object.assign({ reveal: () => text, toString: hidden, toJSON: hidden }, { [inspect.custom]: hidden });
}

/** A database server's or client's words without the secrets that they may repeat. */
export function scrub(text: string, secrets: readonly (Revealable | undefined)[]): string {
  return secrets
    .map((secret) => secret?.reveal() ?? '')
    .filter((secret) => secret !== '')
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
}
