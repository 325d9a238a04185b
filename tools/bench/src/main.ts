import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { cacheFolder } from './data/data-set.js';
import { isBusy, machine, revision } from './measure/machine.js';
import { markdownReport, plainReport, type Report } from './report/report.js';
import type { Contest } from './report/verdict.js';
import { installedPeers, type Bench } from './scenarios/bench.js';
import { scenarios } from './scenarios/index.js';

const usage = `node tools/bench/bench.mjs [${[...scenarios.keys()].join('|')}...]
  --rounds=3    how often each contender runs; the median counts
  --scale=1     how much data: 0.1 is a tenth
  --full        memory up to 20 GB and 1,000,000 files as well
  --seed=1      other data
  --json, --markdown, --out=file`;

/** @returns the exit code: 2 for wrong usage. A missed target is a result, not a failure. */
export async function main(args: readonly string[]): Promise<number> {
  const call = parsed(args);
  if (typeof call === 'string') {
    process.stderr.write(`${call}\n\n${usage}\n`);
    return 2;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const report = await measure(call.names, { ...call.bench, peers: await installedPeers(), say });
  const text = call.json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : call.markdown
      ? markdownReport(report)
      : plainReport(report, process.stdout.columns || 100);
  if (call.out === undefined) process.stdout.write(text);
  else await writeFile(call.out, text);
  say(`The data stay in ${cacheFolder(call.bench.cache)} for the next time; remove the folder when you are done.`);
  return 0;
}

async function measure(names: readonly string[], bench: Bench): Promise<Report> {
  const found = machine();
  if (isBusy(found)) bench.say(`The machine is busy (load ${found.loadBefore[0]!.toFixed(1)}): expect worse times.`);
  const contests: Contest[] = [];
  for (const name of names) {
    bench.say(name);
    contests.push(await scenarios.get(name)!(bench));
  }
  const { openssl, zlib } = process.versions;
  return {
    machine: found,
    loadAfter: loadavg(),
    versions: [
      `commit ${revision() ?? 'unknown'}`,
      `Node ${process.version} (OpenSSL ${openssl}, zlib ${zlib})`,
      ...[...bench.peers.values()].map(({ peer, version }) => `${peer.name}: ${version}`),
    ],
    rounds: bench.rounds,
    scale: bench.cache.scale,
    contests,
  };
}

function parsed(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        scale: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        full: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        out: { type: 'string' },
      },
    });
    const { full, json, markdown, out, seed } = values;
    const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
    const unknown = positionals.find((name) => !scenarios.has(name));
    if (unknown !== undefined) return `There is no scenario ${unknown}.`;
    if (!Number.isInteger(rounds) || rounds < 1) return '--rounds is a whole number from 1 on.';
    if (!(scale > 0)) return '--scale is a number above 0.';
    if (!/^[\w-]+$/.test(seed)) return '--seed has letters, digits, "-" and "_" only.';
    const names = positionals.length > 0 ? positionals : [...scenarios.keys()];
    return { names, bench: { cache: { seed, scale }, rounds, full }, json, markdown, out };
  } catch (error) {
    return (error as Error).message;
  }
}
