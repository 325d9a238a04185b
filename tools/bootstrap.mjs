/**
 * Installs what a command of this checkout needs, with nothing but Node: `node tools/bootstrap.mjs demo`, or `test`, or `start`.
 * Prints a line for each thing done, and nothing when there is nothing to do. For each thing that it can't provide it
 * prints one sentence; it ends with 1 only where the command can't work without it.
 */
import { installDemoDatabase, installTestPrograms } from './bootstrap/debian-programs.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { provideNatsServer } from './bootstrap/nats-server.mjs';
import { installPackages } from './bootstrap/node-packages.mjs';

const debianPrograms = { demo: installDemoDatabase, test: installTestPrograms, start: async () => undefined };

const command = process.argv[2];
if (!Object.hasOwn(debianPrograms, command)) {
  console.error('Usage: node tools/bootstrap.mjs <demo|test|start>');
  process.exit(2);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: install Node 20.19 or later, or 22.12 or later.`);
  process.exit(1);
}

await withLock(async () => {
  const steps = [installPackages(), provideNatsServer().then(debianPrograms[command])];
  for (const { status, reason } of await Promise.allSettled(steps)) {
    if (status === 'fulfilled') continue;
    console.error(reason.remedy === undefined ? reason : `${reason.message} ${reason.remedy}`);
    process.exitCode = 1;
  }
});
