import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const checkout = join(import.meta.dirname, '../../../..');
const backup = join(checkout, 'libs/domain/src/backup');
const files = ['decider.ts', 'evolve-run.ts', 'keeping.ts'].map((file) => join(backup, file));

/** The compiler's errors for the aggregate when one of its files is changed: `file: message`. */
function complaints(file: string, change: (text: string) => string): string[] {
  const changed = join(backup, file);
  const { config } = ts.readConfigFile(join(checkout, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, checkout);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const readFile = host.readFile.bind(host);
  host.readFile = (path) => {
    const text = readFile(path);
    return text !== undefined && path === changed ? change(text) : text;
  };
  const program = ts.createProgram(files, { ...options, noEmit: true }, host);
  return files.flatMap((path) => {
    const source = program.getSourceFile(path);
    return program
      .getSemanticDiagnostics(source)
      .map(
        ({ messageText }) => `${path.slice(backup.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
  });
}

describe('a new event of a backup', () => {
  let asItIs: string[];
  beforeAll(() => {
    asItIs = complaints('events.ts', (text) => text);
  });

  it('is forced by the compiler to say which life of a backup it belongs to', () => {
    expect(asItIs).toEqual([]);
    const withNew = complaints('events.ts', (text) =>
      text.replace(/(export const backupEventSchemas = \{)/, '$1\n  CopyShared: z.object({ storage: text }),'),
    );
    expect(withNew.filter((each) => each.startsWith('decider.ts'))).toEqual([
      expect.stringContaining('lacks ending return statement'),
    ]);
  });

  it('is forced to have a case there: in the keeping of the copies, no less than in the run', () => {
    const widened = (file: string, type: string) =>
      complaints(file, (text) => text.replace(/(export type \w+Event =)[^]+?;\n(?=\S|\n)/, `$1 ${type};\n`));
    expect(widened('keeping.ts', 'BackupEvent')).toContainEqual(
      expect.stringMatching(/^keeping\.ts: .*lacks ending return statement/),
    );
    expect(widened('evolve-run.ts', 'BackupEvent')).toContainEqual(
      expect.stringMatching(/^evolve-run\.ts: .*lacks ending return statement/),
    );
  });
});
