import { describe, expect, it } from '@jest/globals';
import { buildProgram, joinGroups } from './program.js';

describe('the command line', () => {
  it('takes both ways of writing a command', () => {
    expect(joinGroups(['backup', 'run', '--wait'])).toEqual(['backup:run', '--wait']);
    expect(joinGroups(['backup:run', '--wait'])).toEqual(['backup:run', '--wait']);
    expect(joinGroups(['config', 'check'])).toEqual(['config:check']);
  });

  it('leaves alone what is no group', () => {
    expect(joinGroups(['up', 'run'])).toEqual(['up', 'run']);
    expect(joinGroups(['backup', '--help'])).toEqual(['backup', '--help']);
    expect(joinGroups([])).toEqual([]);
  });

  it('gives every command a description and examples', () => {
    for (const command of buildProgram(() => undefined).commands) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(command.description()).not.toBe('');
      expect(help).toContain(`$ havun ${command.name()}`);
      expect(help).toContain('--json');
    }
  });
});
