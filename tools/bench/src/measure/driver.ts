/** The arguments of a driver, which `runDriver` passes as one. */
export const driverInput = (): unknown => JSON.parse(process.argv[2]!);

/** Prints the result, which `runDriver` reads. */
export function answer(details: Readonly<Record<string, number>>): void {
  process.stdout.write(`${JSON.stringify(details)}\n`);
}

/** Seconds that the work took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
