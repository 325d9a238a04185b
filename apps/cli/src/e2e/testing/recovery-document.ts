import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../../../../../docs/how-to/recover-without-havun.md', import.meta.url));

/** The document as a person follows it: what is to be typed under each of its headings, in their order. */
export interface RecoveryDocument {
  readonly settings: string;
  /** The `sh` blocks under each heading but that of the settings. */
  readonly steps: ReadonlyMap<string, string>;
}

export async function readRecoveryDocument(): Promise<RecoveryDocument> {
  const steps = new Map<string, string>();
  let heading = '';
  let inBlock = false;
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    if (inBlock && line === '```') inBlock = false;
    else if (inBlock) steps.set(heading, `${steps.get(heading) ?? ''}${line}\n`);
    else if (line === '```sh') inBlock = true;
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  const settings = steps.get('Set these');
  if (settings === undefined) throw new Error('the document has no block to set');
  steps.delete('Set these');
  return { settings, steps };
}

export interface Following {
  /** The steps that apply, by their headings, in the order of the document. */
  readonly headings: readonly string[];
  /** What is set to something else than in the document. */
  readonly settings: Readonly<Record<string, string>>;
  readonly passphrase: string;
  /** Where the script is kept. */
  readonly folder: string;
  readonly searchPath?: string;
}

/** Types what the document says, word for word, in one bash that stops at the first failure. @returns what is printed */
export async function follow(document: RecoveryDocument, following: Following): Promise<string> {
  const { headings, settings, passphrase, folder, searchPath } = following;
  const steps = headings.map((heading) => {
    const step = document.steps.get(heading);
    if (step === undefined) throw new Error(`the document has nothing to type under "${heading}"`);
    return step;
  });
  const script = join(folder, 'typed.sh');
  await writeFile(script, [withSettings(document.settings, settings), ...steps].join('\n'));
  return await answering(
    passphrase,
    spawn('bash', ['-eu', script], {
      cwd: folder,
      env: { HOME: folder, PATH: searchPath ?? process.env['PATH'] },
      detached: true, // without a terminal, where 7-Zip asks on standard output and reads from standard input
    }),
  );
}

/** Gives the passphrase each time that it is asked for. @returns what is printed. @throws with it when the script fails */
async function answering(passphrase: string, child: ChildProcessWithoutNullStreams): Promise<string> {
  let printed = '';
  let asked = 0;
  const print = (chunk: Buffer): void => {
    printed += chunk.toString('utf8');
    for (const times = printed.split('Enter password').length - 1; asked < times; asked += 1) {
      child.stdin.write(`${passphrase}\n`);
    }
  };
  child.stdout.on('data', print);
  child.stderr.on('data', print);
  child.stdin.on('error', () => undefined);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return printed;
  throw new Error(`what the document says ended with ${String(code)}:\n${printed}`);
}

function withSettings(block: string, settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).reduce((text, [name, value]) => {
    const setting = new RegExp(`(?<=^(?:export )?(?:\\w+=\\S+ )*)${name}=(?:'[^']*'|\\S+)`, 'm');
    if (!setting.test(text)) throw new Error(`the document does not set ${name}`);
    return text.replace(setting, () => `${name}='${value.replaceAll("'", "'\\''")}'`);
  }, block);
}
