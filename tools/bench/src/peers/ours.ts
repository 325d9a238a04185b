import { fileURLToPath } from 'node:url';
import { runMeasured } from '../measure/run-measured.js';
import type { Sample } from '../measure/sample.js';

export const ours = 'Havun';

/**
 * Runs one of our drivers, bundled as the services are, in its own process. It prints one line of JSON with numbers; `seconds` is
 * the time of the work itself, without starting Node and loading the program.
 */
export async function runDriver(
  name: string,
  input: unknown,
): Promise<Sample & { readonly details: Readonly<Record<string, number>> }> {
  const driver = fileURLToPath(new URL(`./drivers/${name}.js`, import.meta.url));
  const { output, ...sample } = await runMeasured({
    program: process.execPath,
    args: [driver, JSON.stringify(input)],
    env: { NODE_ENV: 'production' },
  });
  const details = JSON.parse(output.trim().split('\n').at(-1)!) as Record<string, number>;
  return { ...sample, details };
}
