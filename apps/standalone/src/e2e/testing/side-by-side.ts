interface Removable {
  remove(): Promise<void>;
}

export interface SideBySide<Name extends string> {
  /** The result of that one. */
  of(name: Name): Promise<void>;
  /** Resolves when nothing runs any more and every world is gone. */
  end(): Promise<void>;
}

/** A scenario mostly waits, so this many keep two cores busy. */
const atOnce = 3;

/**
 * Runs scenarios in a few worlds: one after another in each world, and the worlds at the same time. The world of a failed scenario
 * is removed, because its state is unknown.
 */
export function sideBySide<Name extends string, World extends Removable>(
  scenarios: Record<Name, (world: World) => Promise<void>>,
  open: () => Promise<World>,
): SideBySide<Name> {
  const queue = Object.entries<(world: World) => Promise<void>>(scenarios).map(([name, play]) => {
    const outcome = deferred();
    outcome.promise.catch(() => undefined); // seen by the test of that name
    return { name, play, outcome };
  });
  const outcomes = new Map(queue.map(({ name, outcome }) => [name, outcome.promise]));
  const worker = async (): Promise<void> => {
    let world: World | undefined;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        world ??= await open();
        await next.play(world);
        next.outcome.resolve();
      } catch (error) {
        next.outcome.reject(error);
        await world?.remove();
        world = undefined;
      }
    }
    await world?.remove();
  };
  const workers = Promise.all(Array.from({ length: atOnce }, worker));
  return {
    of: (name) => outcomes.get(name) ?? Promise.reject(new Error(`there is no scenario "${name}"`)),
    end: async () => {
      queue.length = 0;
      await workers;
    },
  };
}

/** Promise.withResolvers, which Node 20 lacks. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let [resolve, reject] = [(): void => undefined, (_: unknown): void => undefined];
  const promise = new Promise<void>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}
