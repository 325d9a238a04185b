import { describe, expect, it } from '@jest/globals';
import { aRestoreEvent } from '@havun/domain/testing';
import { addedDatabases, noneIsLeft } from './added-databases.js';

const switched = aRestoreEvent('SwitchStarted', { paths: 1, databases: ['shop_db'] });
const completed = (...databases: string[]) => aRestoreEvent('RestoreCompleted', { kept: { paths: 1, databases } });

describe('the databases that an undo does not bring back', () => {
  it('are those of which nothing was there to be kept', () => {
    expect(addedDatabases([switched, completed()])).toEqual(['shop_db']);
    expect(addedDatabases([switched, completed('shop_db__kept_1')])).toEqual([]);
  });

  it('are none where the switch was not begun, or not completed', () => {
    expect(addedDatabases([completed()])).toEqual([]);
    expect(addedDatabases([switched])).toEqual([]);
  });

  it('are named', () => {
    expect(noneIsLeft(['shop_db'])).toContain('no database shop_db before this restore');
    expect(noneIsLeft([])).toBeUndefined();
  });
});
