import 'reflect-metadata';
import { CommanderError } from 'commander';
import { failureOf } from '@havun/domain';
import { surviveClosedPipes } from '@havun/service-kit';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { buildProgram, joinGroups } from './program.js';
import { mark } from './terminal.js';

surviveClosedPipes();
const args = joinGroups(process.argv.slice(2));
try {
  await buildProgram((exitCode) => {
    process.exitCode = exitCode;
  }).parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  } else {
    const failure = failureOf(error);
    process.exitCode = exitCodeOf(error);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ error: failure }, null, 2)}\n`);
    process.stderr.write(`${mark('failed')} ${failure.message} [${failure.code}]\n  ${failure.remedy}\n`);
  }
}
