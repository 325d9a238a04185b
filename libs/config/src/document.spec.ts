import { describe, expect, it } from '@jest/globals';
import { parseConfigDocument } from './document.js';
import { renderProblem } from './problem.js';
import { checkText, minimal } from './testing/check-text.js';

const rendered = (text: string): string[] => parseConfigDocument(text).problems.map(renderProblem);

describe('the file as YAML', () => {
  it('shows where it is none, with a caret under the place', () => {
    expect(rendered('projects:\n  tool:\n    schedule: * * * * *\n')).toEqual([
      [
        'line 3: this is not valid YAML: put a text that begins with *, &, !, %, @ or ` in quotes',
        '        schedule: * * * * *',
        '                  ^',
      ].join('\n'),
    ]);
    expect(rendered('host: a\n\tdata_dir: b\n')[0]).toMatch(/^line 2: .*tab/);
    expect(rendered('host: a: b\n')[0]).toMatch(/^line 1: .*a second "key: value" begins on this line/);
    expect(rendered('paths: {root: ${ROOT}}\n')[0]).toContain('put "${...}" in quotes');
    expect(rendered('host: a\n---\nhost: b\n')[0]).toContain('more than one document');
  });

  it.each([
    ['an open quote', 'password: "hunter2\n'],
    ['a name', 'password: *hunter2\n'],
    ['an unknown name', 'a: 1\npassword: *hunter2 \n'],
    ['a tag', 'password: !hunter2 x\n'],
    ['a bad escape', 'password: "\\hunter2"\n'],
    ['a second line', 'password: >\n  x\n hunter2 hunter2\n  bad: [\n'],
    ['a flow of keys', 'main: {username: u, password: "hunter2}\n'],
    ['a block header', 'password: |hunter2\n  x\n'],
    ['a directive', '%hunter2\n'],
    ['a variable of a wrong name', 'password: ${hunter2-}\n'],
  ])('shows nothing of a secret that is broken by %s', async (_how, text) => {
    const { problems } = await checkText(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('tells of every key that stands there twice, and on which lines', async () => {
    const text = `${minimal()}  tool: {type: nodejs-app}\nprojects: {}\n`;
    const { problems } = await checkText(text);
    expect(problems.map(renderProblem)).toEqual([
      'line 10: projects.tool: duplicate project: it is already on line 5',
      'line 11: projects: duplicate key: it is already on line 4',
    ]);
  });

  it('takes anchors, and refuses those that refer to nothing, to themselves, or to too much', async () => {
    const shared = minimal({ top: 'databases: {a: &server {type: sqlite}, b: *server}' });
    expect((await checkText(shared)).config?.databases).toMatchObject({ b: { type: 'sqlite' } });
    expect(rendered('a: *nothing\n')[0]).toContain('nothing before it has the anchor (&) of that name');
    expect(rendered('a: &a [*a]\n')[0]).toContain('nothing before it has the anchor (&) of that name');
    const level = (name: string, of: string): string => `${name}: &${name} [${Array(20).fill(`*${of}`).join(', ')}]\n`;
    const bomb = `a: &a [x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}`;
    expect(rendered(bomb)).toEqual([expect.stringContaining('expand to more than a configuration can need')]);
  });

  it('knows the place of a path, or of the nearest part of it that is there', () => {
    const { placeOf } = parseConfigDocument('projects:\n  klant.nl:\n    include:\n      files: [a, b]\n');
    expect(placeOf('projects.klant.nl.include.files.1')).toEqual({ line: 4, column: 18 });
    expect(placeOf('projects.klant.nl.paths.root')).toEqual({ line: 2, column: 3 });
    expect(placeOf('nats.url')).toBeUndefined();
  });

  it('says that an empty file is empty', async () => {
    expect((await checkText('# nothing\n')).problems.map(({ message }) => message)).toEqual([
      'must be a section with keys, is empty',
    ]);
  });
});
