/** Works on at most this many items at once, and yields the results in the order of the items. */
export async function* inLanes<Item, Result>(
  items: Iterable<Item>,
  lanes: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void> {
  const ahead: Promise<Result>[] = [];
  try {
    for (const item of items) {
      const result = work(item);
      result.catch(() => undefined); // seen when its turn comes
      ahead.push(result);
      const [first] = ahead;
      if (ahead.length < lanes || !first) continue;
      yield await first;
      void ahead.shift();
    }
    for (const result of ahead) yield await result;
  } finally {
    await Promise.allSettled(ahead);
  }
}
