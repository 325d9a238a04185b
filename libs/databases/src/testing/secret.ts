import { inspect } from 'node:util';

/** A secret as the configuration wraps it. */
export const secret = (text: string) => ({
  reveal: () => text,
  toString: () => '[secret]',
  toJSON: () => '[secret]',
  [inspect.custom]: () => '[secret]',
});
