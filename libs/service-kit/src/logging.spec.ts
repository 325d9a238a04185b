import { describe, expect, it } from '@jest/globals';
import { scrubber } from '@havun/config';
import { createLogger, type LoggingOptions } from './logging.js';

function logged(options: Partial<LoggingOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ service: 'runner', scrub: scrubber(['hunter22']), destination, ...options });
  return { lines, logger };
}
const run = { kind: 'backup', id: '1', event: 'BackupStarted' };

describe('the log of a service', () => {
  it('has one JSON object per line where a program reads it', () => {
    const { lines, logger } = logged();
    logger.info({ run }, 'backup x: started');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', service: 'runner', msg: 'backup x: started', run });
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
  });

  it('has one sentence per line where a person reads it', () => {
    const { lines, logger } = logged({ forPeople: true });
    logger.info({ run }, 'backup x: started');
    logger.warn({ slot: 3, err: new Error('it broke') }, 'trying again');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d runner: backup x: started\n$/);
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d runner: warning: trying again \(it broke, slot: 3\)\n$/);
  });

  it.each([true, false])('has no secret, and nothing that moves a terminal (for people: %s)', (forPeople) => {
    const { lines, logger } = logged({ forPeople });
    logger.error({ password: 'hunter22', err: new Error('a\u001b[2Jb\nhunter22') }, 'c\u001b[1md\ne');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/hunter22|\u001b/);
    expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1);
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = logged({ level: 'warn' });
    logger.info('no');
    logger.warn('yes');
    expect(lines).toHaveLength(1);
  });
});
