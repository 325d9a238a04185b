/** What a driver was asked for, as the one argument that `runDriver` gives it. */
export const driverInput = (): unknown => JSON.parse(process.argv[2]!);

/** The answer that `runDriver` reads. */
export function answer(details: Readonly<Record<string, number>>): void {
  process.stdout.write(`${JSON.stringify(details)}\n`);
}

/** Seconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
