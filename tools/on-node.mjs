/** Runs a command with another version of Node first in PATH: `node tools/on-node.mjs 24 npm run demo`. The exit code is the command's. */
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { provideNode } from './bootstrap/other-node.mjs';

const [major, command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('Usage: node tools/on-node.mjs <20|22|24> <command> [argument...]');
  process.exit(2);
}
try {
  const env = { ...process.env, PATH: [await provideNode(major), process.env.PATH].join(delimiter) };
  const child = spawn(command, args, { stdio: 'inherit', env });
  child.once('error', (error) => {
    console.error(error.message);
    process.exitCode = 127;
  });
  child.once('exit', (code) => (process.exitCode = code ?? 1));
} catch (error) {
  console.error(`${error.message} ${error.remedy ?? ''}`);
  process.exitCode = 1;
}
