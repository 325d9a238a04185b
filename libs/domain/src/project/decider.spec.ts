import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { specificationFor } from '../testing/specification.js';
import { backupIdOf, latestBackupId, nameOf, projectDecider, type ReserveBackupName } from './decider.js';
import type { ProjectEvent } from './events.js';

const { given } = specificationFor(projectDecider);
const now = '2025-11-21T02:00:05.000Z';
const reserve = (backupId: string, instant = '2025-11-21T02:00:00.000Z'): ReserveBackupName => ({
  type: 'ReserveBackupName',
  now,
  project: 'havunadmin',
  backupId,
  instant,
  timezone: 'Europe/Amsterdam',
});
const reserved = (name: string, backupId: string): ProjectEvent => ({
  type: 'BackupNameReserved',
  at: now,
  data: { name, backupId },
});

describe('reserving a name', () => {
  it('takes the local time of the instant', () => {
    given().when(reserve('one')).then(reserved('2025-11-21-03-00-00-havunadmin', 'one'));
  });

  it('gives a backup one name, however often it asks', () => {
    given(reserved('2025-11-21-03-00-00-havunadmin', 'one')).when(reserve('one')).thenNothing();
  });

  it('takes the next free second when two backups come in one', () => {
    given(reserved('2025-11-21-03-00-00-havunadmin', 'one'), reserved('2025-11-21-03-00-01-havunadmin', 'two'))
      .when(reserve('three'))
      .then(reserved('2025-11-21-03-00-02-havunadmin', 'three'));
  });

  it('does not use a name twice in the hour that comes twice', () => {
    const summer = '2025-10-26T00:30:00.000Z';
    const winter = '2025-10-26T01:30:00.000Z';
    given(reserved('2025-10-26-02-30-00-havunadmin', summer))
      .when(reserve(winter, winter))
      .then(reserved('2025-10-26-02-30-01-havunadmin', winter));
  });
});

describe('looking up', () => {
  const state = fold(projectDecider, [reserved('name-1', 'one'), reserved('name-2', 'two')]);

  it('finds either by the other, and the latest', () => {
    expect(nameOf(state, 'one')).toBe('name-1');
    expect(backupIdOf(state, 'name-2')).toBe('two');
    expect(latestBackupId(state)).toBe('two');
    expect(backupIdOf(state, 'name-3')).toBeUndefined();
  });

  it('stays quick and flat over seven years of names', () => {
    const many = Array.from({ length: 60_000 }, (_, index) => reserved(`name-${index}`, `id-${index}`));
    expect(nameOf(fold(projectDecider, many), 'id-0')).toBe('name-0');
  });
});
