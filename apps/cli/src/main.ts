import 'reflect-metadata';
import { CommanderError } from 'commander';
import { failureOf } from '@havun/domain';
import { endSoon, surviveClosedPipes } from '@havun/service-kit';
import { indentedLines, printableJson } from '@havun/text';
import { exitCodeOf, exitCodes } from './exit-code.js';
import { buildProgram, joinGroups } from './program.js';
import { mark, shown } from './terminal.js';

surviveClosedPipes();
const args = joinGroups(process.argv.slice(2));
const answerJson = (error: { code: string; message: string; remedy: string }): void => {
  if (args.includes('--json')) process.stdout.write(`${printableJson(JSON.stringify({ error }, null, 2))}\n`);
};
try {
  await buildProgram((exitCode) => {
    process.exitCode = exitCode;
  }).parseAsync(args, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    // Commander has told it on standard error, or has printed the help that was asked for.
    if (error.exitCode !== 0) {
      const message = error.message.replace(/^error: /, '');
      answerJson({ code: 'USAGE', message, remedy: 'See the commands and their options with: havun --help' });
    }
  } else {
    const failure = failureOf(error);
    process.exitCode = exitCodeOf(error);
    answerJson(failure);
    process.stderr.write(
      shown(
        `${mark('failed')} ${indentedLines(failure.message)} [${failure.code}]\n  ${indentedLines(failure.remedy)}\n`,
      ),
    );
  }
}
endSoon();
