import { readFileSync } from 'node:fs';

/** How many connections to a port of this machine exist, whoever holds them. */
export function establishedTo(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => new RegExp(`^\\s*\\d+: \\S+ \\S+:${hex} 01 `).test(line)).length;
}

/** The most connections at any time while `work` runs. */
export async function mostEstablishedTo(port: number, work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, establishedTo(port));
  }, 5);
  await work().finally(() => {
    clearInterval(watch);
  });
  return most;
}
