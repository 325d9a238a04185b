import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { substituteVariables } from './variables.js';
import { checkText, loadText, minimal } from './testing/check-text.js';

const names = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
const harmless = fc.string().filter((text) => !text.includes('$'));

describe('variables', () => {
  it('come into a text exactly as they are, between what stands around them', () => {
    fc.assert(
      fc.property(names, fc.string({ minLength: 1 }), harmless, harmless, (name, value, before, after) => {
        const { data, problems } = substituteVariables({ a: [`${before}\${${name}}${after}`] }, { [name]: value });
        expect(data).toEqual({ a: [`${before}${value}${after}`] });
        expect(problems).toEqual([]);
      }),
    );
  });

  it('leave a text without references alone, and whatever is no text', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('$'));
    fc.assert(
      fc.property(plain, (value) => {
        expect(substituteVariables(value, {}).data).toEqual(value);
      }),
    );
  });

  it('fall back on the default where they are unset or empty, also on an empty one', () => {
    fc.assert(
      fc.property(
        names,
        fc.string().filter((text) => !/[$}]/.test(text)),
        fc.constantFrom(undefined, ''),
        (name, standard, value) => {
          const { data, problems } = substituteVariables(`\${${name}:-${standard}}`, { [name]: value });
          expect([data, problems]).toEqual([standard, []]);
        },
      ),
    );
  });

  it('write "${" itself as "$${", and read nothing out of a value that was put in', () => {
    const env = { A: '${B}', B: 'never' };
    expect(substituteVariables(['$${A}', '${A}', 'costs $5', '$A'], env).data).toEqual([
      '${A}',
      '${B}',
      'costs $5',
      '$A',
    ]);
  });

  it('can add no keys to the file', async () => {
    const config = await loadText(minimal({ top: 'host: "${HOST}"' }), { HOST: 'a\nprojects: {}' });
    expect(config.host).toBe('a\nprojects: {}');
    expect(Object.keys(config.projects)).toEqual(['tool']);
  });

  it('stand for numbers and truth values where the schema wants them', async () => {
    const text = minimal({ top: 'uploads: {attempts: "${N:-7}"}', project: 'enabled: "${ON}"' });
    const config = await loadText(text, { ON: 'false' });
    expect([config.uploads.attempts, config.projects['tool']?.enabled]).toEqual([7, false]);
    const { problems } = await checkText(text, { ON: 'maybe', N: '1e3' });
    expect(problems.map(({ path, message }) => `${path} ${message}`)).toEqual([
      'uploads.attempts must be a number, is a text',
      'projects.tool.enabled must be true or false, is a text',
    ]);
  });

  it('are all told of at once where they are missing, each where it stands', async () => {
    const text = minimal({ top: 'host: ${ONE}-${TWO}\ndata_dir: ${BAD-NAME}', project: 'host: ${THREE}' });
    const { problems } = await checkText(text, { TWO: '' });
    expect(problems.map(({ path, line, message }) => [path, line, message])).toEqual([
      ['host', 3, 'the environment variable ONE is not set'],
      ['host', 3, 'the environment variable TWO is empty'],
      ['data_dir', 4, 'has a "${" that does not begin a variable'],
      ['projects.tool.host', 10, 'the environment variable THREE is not set'],
    ]);
  });
});

describe('a disabled project', () => {
  const disabled = (project: string): string => minimal({ project: `enabled: false\n${project}` });

  it('may lack variables: what needs them is left out, with a warning', async () => {
    const text = disabled('notifications: {slack: "${HOOK}", email: ["${MAIL}"]}').replace(
      'correct horse battery',
      '${PASS}',
    );
    const { config, warnings, problems } = await checkText(text);
    expect(problems).toEqual([]);
    expect(config?.projects['tool']).toMatchObject({
      enabled: false,
      encryption: { enabled: true },
      notifications: { email: [] },
    });
    expect(config?.projects['tool']?.encryption.password).toBeUndefined();
    expect(warnings.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['HOOK', 'MAIL', 'PASS'].map((name) => `the environment variable ${name} is not set`)),
    );
  });

  it('is wrong without those of keys that must be there, and where anything else is wrong', async () => {
    const { problems } = await checkText(disabled('schedule: never').replace('/srv/tool', '"${ROOT}"'));
    expect(problems.map(({ path }) => path)).toEqual(['projects.tool.paths.root', 'projects.tool.schedule']);
    expect(problems[0]?.message).toBe('the environment variable ROOT is not set');
  });
});
