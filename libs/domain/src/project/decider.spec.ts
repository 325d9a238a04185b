import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { specificationFor } from '../testing/specification.js';
import {
  backupIdOf,
  namedBackups,
  namedRestores,
  nameOf,
  projectDecider,
  type AdoptBackupName,
  type ReserveBackupName,
  type ReserveRestoreName,
} from './decider.js';
import type { ReservationEvent } from './events.js';

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
const reserved = (name: string, backupId: string): ReservationEvent => ({
  type: 'BackupNameReserved',
  at: now,
  data: { name, backupId },
});
const restoreReserved = (name: string, restoreId: string): ReservationEvent => ({
  type: 'RestoreNameReserved',
  at: now,
  data: { name, restoreId },
});
const adopt = (name: string, backupId: string): AdoptBackupName => ({ type: 'AdoptBackupName', now, name, backupId });

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

describe('a name of a day', () => {
  it('passes over those that are in use although this stream does not tell them', () => {
    const taken = new Set(['2025-11-21-03-00-00-havunadmin']);
    given()
      .when({ ...reserve('one'), taken })
      .then(reserved('2025-11-21-03-00-01-havunadmin', 'one'));
  });

  it('is never one of the next day, which another stream tells', () => {
    given(reserved('2025-11-21-23-59-58-havunadmin', 'one'), reserved('2025-11-21-23-59-59-havunadmin', 'two'))
      .when(reserve('three', '2025-11-21T22:59:58.000Z'))
      .thenRefused('DAY_FULL');
  });
});

describe('the name of a restore', () => {
  const { backupId: restoreId, ...when } = reserve('one');
  const reserveRestore: ReserveRestoreName = { ...when, type: 'ReserveRestoreName', restoreId };

  it('is told apart from those of backups, and is reserved once', () => {
    const name = restoreReserved('restore-2025-11-21-03-00-00-havunadmin', 'one');
    given(reserved('2025-11-21-03-00-00-havunadmin', 'one')).when(reserveRestore).then(name);
    given(name).when(reserveRestore).thenNothing();
  });

  it('takes the next free second beside another restore', () => {
    given(restoreReserved('restore-2025-11-21-03-00-00-havunadmin', 'other'))
      .when(reserveRestore)
      .then(restoreReserved('restore-2025-11-21-03-00-01-havunadmin', 'one'));
  });
});

describe('adopting the name of a backup that was found', () => {
  it('keeps it as it is, once', () => {
    given()
      .when(adopt('2019-05-15-03-00-00-havunadmin', 'one'))
      .then(reserved('2019-05-15-03-00-00-havunadmin', 'one'));
    given(reserved('name-1', 'one')).when(adopt('name-1', 'one')).thenNothing();
  });

  it('is refused where another backup has the name, or this one has another name', () => {
    given(reserved('name-1', 'one')).when(adopt('name-1', 'two')).thenRefused('NAME_TAKEN');
    given(reserved('name-1', 'one')).when(adopt('name-2', 'one')).thenRefused('NAME_TAKEN');
  });

  it('keeps later backups from taking it', () => {
    given(reserved('2025-11-21-03-00-00-havunadmin', 'found'))
      .when(reserve('one'))
      .then(reserved('2025-11-21-03-00-01-havunadmin', 'one'));
  });
});

describe('looking up', () => {
  const state = fold(projectDecider, [
    reserved('name-1', 'one'),
    restoreReserved('restore-1', 'first'),
    reserved('name-2', 'two'),
    restoreReserved('restore-2', 'second'),
  ]);

  it('lists backups and restores apart, the latest first', () => {
    expect(namedBackups(state)).toEqual([
      { name: 'name-2', id: 'two' },
      { name: 'name-1', id: 'one' },
    ]);
    expect(namedRestores(state).map(({ id }) => id)).toEqual(['second', 'first']);
  });

  it('finds either by the other', () => {
    expect(nameOf(state, 'one')).toBe('name-1');
    expect(backupIdOf(state, 'name-2')).toBe('two');
    expect(backupIdOf(state, 'name-3')).toBeUndefined();
  });

  it('stays quick and flat over seven years of names', () => {
    const many = Array.from({ length: 60_000 }, (_, index) => reserved(`name-${index}`, `id-${index}`));
    expect(nameOf(fold(projectDecider, many), 'id-0')).toBe('name-0');
  });
});
