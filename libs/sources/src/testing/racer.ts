import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The user of web servers in Debian. */
export const WEB_USER = 33;

/**
 * A program of the web user that runs without a pause: it makes each name in the folder a link to something outside for a moment,
 * then what it was. It ends when its input ends, and prints how often it has swapped.
 */
const PROGRAM = `
const fs = require('node:fs');
const [root, outside] = process.argv.slice(1);
let [swaps, ended] = [0, false];
process.stdin.on('end', () => { ended = true; }).resume();
const tryTo = (act) => { try { act(); return true; } catch { return false; } };
const names = (folder) => { try { return fs.readdirSync(folder, { withFileTypes: true }); } catch { return []; } };
const swap = (folder, entry) => {
  const path = folder + '/' + entry.name;
  const away = path + '~away';
  if (entry.name.endsWith('~away') || !tryTo(() => fs.renameSync(path, away))) return;
  const target = entry.isDirectory() || entry.name.startsWith('.havun') ? outside : outside + '/secret';
  if (tryTo(() => fs.symlinkSync(target, path))) {
    swaps += 1;
    for (let spin = Math.random() * 20000; spin > 0; spin -= 1);
    tryTo(() => fs.unlinkSync(path));
  }
  tryTo(() => fs.renameSync(away, path));
};
const round = (folder, depth) => {
  for (const entry of names(folder)) {
    if (Math.random() < 0.5) swap(folder, entry);
    if (depth > 0 && entry.isDirectory()) round(folder + '/' + entry.name, depth - 1);
  }
};
const go = () => {
  if (ended) { process.stdout.write(String(swaps)); return; }
  round(root, 2);
  setImmediate(go);
};
process.stdout.write('.');
go();
`;

/** @returns how often something was swapped while `work` ran. Needs root. */
export async function whileRacing(folder: string, outside: string, work: () => Promise<void>): Promise<number> {
  const racer = spawn(process.execPath, ['-e', PROGRAM, folder, outside], { uid: WEB_USER, gid: WEB_USER });
  let said = '';
  racer.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = once(racer, 'close');
  await once(racer.stdout, 'data');
  try {
    await work();
  } finally {
    racer.stdin.end();
    await closed;
  }
  return Number(said.slice(1));
}
