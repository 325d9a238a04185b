import { describe, expect, it } from '@jest/globals';
import { withoutSqliteWarning } from './sqlite-driver.js';

function warner() {
  const heard: unknown[][] = [];
  return { heard, emitWarning: (...warning: unknown[]) => void heard.push(warning) };
}

describe('loading the driver of SQLite', () => {
  it('keeps the warning that Node 22 gives with it off the terminal, and no other', () => {
    const { heard, ...node } = warner();
    const loaded = withoutSqliteWarning(() => {
      node.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
      node.emitWarning('Fetching is an experimental feature', 'ExperimentalWarning');
      return 'the driver';
    }, node);
    expect(loaded).toBe('the driver');
    expect(heard).toEqual([['Fetching is an experimental feature', 'ExperimentalWarning']]);
  });

  it('lets every warning through again afterwards, also where it failed', () => {
    const { heard, ...node } = warner();
    const failing = () =>
      withoutSqliteWarning(() => {
        throw new Error('no such module');
      }, node);
    expect(failing).toThrow('no such module');
    node.emitWarning('SQLite is an experimental feature and might change at any time');
    expect(heard).toHaveLength(1);
  });
});
