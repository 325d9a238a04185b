import { expect, it } from '@jest/globals';
import { changedFixedKeys, configFingerprint, withoutEffect } from './difference.js';
import { secretsIn } from './config.js';
import { idleKeys } from './idle-keys.js';
import { loadText, minimal } from './testing/check-text.js';

it('names the keys that can not change while a program runs, and no others', async () => {
  const before = await loadText(minimal());
  const other = await loadText(minimal({ top: "data_dir: /elsewhere\nnats: {url: 'nats://broker:4222'}" }));
  expect(changedFixedKeys(before, other)).toEqual(['data_dir', 'nats']);
  expect(changedFixedKeys(before, await loadText(minimal({ project: 'priority: high' })))).toEqual([]);
});

it('tells one configuration from another, by a secret too, whatever the order of its keys', async () => {
  const [one, same] = [await loadText(minimal()), await loadText(minimal({ top: '' }))];
  const secret = await loadText(minimal().replace('correct horse', 'another horse'));
  const print = (config: typeof one, key = 'key'): string => configFingerprint(config, key);
  expect(print(same)).toBe(print(one));
  expect(print(secret)).not.toBe(print(one));
  expect(print(one, 'other key')).not.toBe(print(one));
});

it('does not tell those apart that differ in what no program acts on', async () => {
  const hook = "notifications: {slack: 'https://hooks.slack.example.org/${HOOK}'}";
  const text = minimal({ project: hook });
  const [one, other] = [await loadText(text, { HOOK: 'one' }), await loadText(text, { HOOK: 'other' })];
  expect(secretsIn(one)).not.toEqual(secretsIn(other));
  expect(configFingerprint(other, 'key')).toBe(configFingerprint(one, 'key'));
  expect(configFingerprint(await loadText(minimal()), 'key')).toBe(configFingerprint(one, 'key'));
});

it('takes nothing for without effect that has one', () => {
  expect(idleKeys.map(({ key }) => key)).toEqual(expect.arrayContaining([...withoutEffect]));
});
