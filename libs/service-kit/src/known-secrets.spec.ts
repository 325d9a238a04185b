import { expect, it } from '@jest/globals';
import { Secret, type HavunConfig } from '@havun/config';
import { KnownSecrets } from './known-secrets.js';

const configured = (password: string) => ({ nats: { password: new Secret(password) } }) as unknown as HavunConfig;

it('the secrets of a configuration that was read again are removed, and those of the one before', () => {
  const secrets = new KnownSecrets(configured('first-password'));
  expect(secrets.scrub('first-password, second-password')).toBe('[secret], second-password');
  secrets.of(configured('second-password'));
  expect(secrets.scrub('first-password, second-password')).toBe('[secret], [secret]');
});
