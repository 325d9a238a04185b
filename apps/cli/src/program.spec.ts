import { describe, expect, it } from '@jest/globals';
import { buildProgram, joinGroups } from './program.js';

describe('the command line', () => {
  it('takes both ways of writing a command', () => {
    expect(joinGroups(['backup', 'run', '--wait'])).toEqual(['backup:run', '--wait']);
    expect(joinGroups(['backup:run', '--wait'])).toEqual(['backup:run', '--wait']);
    expect(joinGroups(['config', 'check'])).toEqual(['config:check']);
    expect(joinGroups(['restore', 'undo', '--yes'])).toEqual(['restore:undo', '--yes']);
    expect(joinGroups(['catalogue', 'rebuild'])).toEqual(['catalogue:rebuild']);
  });

  it('leaves alone what is no group', () => {
    expect(joinGroups(['up', 'run'])).toEqual(['up', 'run']);
    expect(joinGroups(['backup', '--help'])).toEqual(['backup', '--help']);
    expect(joinGroups([])).toEqual([]);
  });

  it('has a command for every step of a restore, and for its proof', () => {
    const names = buildProgram(() => undefined).commands.map((command) => command.name());
    expect(names).toEqual(
      expect.arrayContaining(['backup:restore', 'backup:test', 'restore:list', 'restore:confirm', 'restore:undo']),
    );
  });

  it('has a command for everything that retention is asked', () => {
    const names = buildProgram(() => undefined).commands.map((command) => command.name());
    const retention = ['backup:cleanup', 'backup:why', 'retention:accept', 'retention:simulate'];
    const holds = ['hold:place', 'hold:release', 'hold:list', 'deletion:list', 'deletion:cancel'];
    expect(names).toEqual(expect.arrayContaining([...retention, ...holds]));
    expect(joinGroups(['hold', 'place', 'havunadmin'])).toEqual(['hold:place', 'havunadmin']);
    expect(joinGroups(['retention', 'simulate'])).toEqual(['retention:simulate']);
    expect(joinGroups(['deletion', 'list'])).toEqual(['deletion:list']);
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
