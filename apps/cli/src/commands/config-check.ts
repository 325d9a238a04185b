import { checkConfig, environment, renderProblem } from '@havun/config';
import { exitCodes } from '../exit-code.js';
import { plural } from '../output/format.js';
import { indent, mark, type Terminal } from '../terminal.js';
import type { Outcome } from './command.js';

/** Reports every problem of a configuration at once. */
export async function configCheck(terminal: Terminal, path: string): Outcome {
  const { problems, warnings, config } = await checkConfig({ path, env: environment() });
  terminal.printJson({ path, ok: problems.length === 0, problems, warnings });
  for (const problem of problems) {
    terminal.print(`${mark('failed')} ${indent(renderProblem(problem), 2, terminal.width).trimStart()}`);
  }
  for (const warning of warnings) {
    terminal.print(`${mark('warning')} ${indent(renderProblem(warning), 2, terminal.width).trimStart()}`);
  }
  if (!config) {
    terminal.print(`${path}: ${plural(problems.length, 'problem')}. Nothing runs until the file is correct.`);
    return exitCodes.configuration;
  }
  terminal.print(
    `${mark('ok')} ${path} is valid: ${plural(Object.keys(config.projects).length, 'project')}, ${plural(Object.keys(config.storage.offsite).length, 'offsite storage')}`,
  );
  return exitCodes.done;
}
