import { spawn } from 'node:child_process';
import { childrenCpuSeconds, treeMemory } from './process-tree.js';
import type { Sample } from './sample.js';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const sampleEveryMs = 50;

/**
 * Runs a program to its end and measures what it took. No other child of this process may end meanwhile: the kernel gives the CPU
 * time of all children as one sum. @throws with the program's last output where it fails
 */
export async function runMeasured({ program, args, cwd, env }: Command): Promise<Sample & { output: string }> {
  const cpuBefore = childrenCpuSeconds();
  const start = performance.now();
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const peak = { resident: 0, highWater: 0 };
  const look = (): void => {
    const now = treeMemory(child.pid ?? 0);
    peak.resident = Math.max(peak.resident, now.resident);
    peak.highWater = Math.max(peak.highWater, now.highWater);
  };
  const sampling = setInterval(look, sampleEveryMs);
  child.once('spawn', look);
  const words = { output: '', complaint: '' };
  child.stdout.on('data', (text: Buffer) => (words.output = lastPart(words.output + text.toString())));
  child.stderr.on('data', (text: Buffer) => (words.complaint = lastPart(words.complaint + text.toString())));
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${words.complaint} ${words.output}`);
    return {
      seconds,
      cpuSeconds: childrenCpuSeconds() - cpuBefore,
      peakBytes: Math.max(peak.resident, peak.highWater),
      output: words.output,
    };
  } finally {
    clearInterval(sampling);
  }
}

const lastPart = (text: string): string => text.slice(-8000);
