/** Long enough for the closing lines of any client's dump, in bytes. */
const TAIL = 512;

/** A stream of bytes whose end is held back until all is known, and may then be replaced. */
export async function* withTail<Result>(
  output: AsyncGenerator<Uint8Array, Result>,
  replace: (tail: Buffer, result: Result) => Buffer,
): AsyncGenerator<Uint8Array, Result> {
  let held = Buffer.alloc(0);
  try {
    for (;;) {
      const next = await output.next();
      if (next.done) {
        yield replace(held, next.value);
        return next.value;
      }
      const bytes = Buffer.concat([held, next.value]);
      const end = Math.max(0, bytes.length - TAIL);
      held = bytes.subarray(end);
      if (end > 0) yield bytes.subarray(0, end);
    }
  } finally {
    await output.return(undefined as never);
  }
}
