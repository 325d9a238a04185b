import { changedFixedKeys, type HavunConfig } from '@havun/config';
import { failureOf, type Failure } from '@havun/domain';

export type Reconfigured = { readonly kind: 'reconfigured' } | { readonly kind: 'refused'; readonly failure: Failure };

export interface ReconfigurationOptions {
  /** Reads and checks the file. */
  readonly load: () => Promise<HavunConfig>;
  /** Switches to another configuration. */
  readonly apply: (config: HavunConfig) => Promise<void>;
  readonly say: (what: string) => void;
}

/** Applies the changed configuration file to a running program, or keeps the old configuration and says why. */
export class Reconfiguration {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private config: HavunConfig,
    private readonly options: ReconfigurationOptions,
  ) {}

  /** Never rejects. Calls run one at a time. */
  apply(): Promise<Reconfigured> {
    const result = this.last.then(() => this.tryOnce());
    this.last = result;
    return result;
  }

  private async tryOnce(): Promise<Reconfigured> {
    const { load, apply, say } = this.options;
    try {
      const next = await load();
      const fixed = changedFixedKeys(this.config, next);
      if (fixed.length > 0) return this.refuse(restartNeeded(fixed));
      await apply(next);
      this.config = next;
      say('The configuration was reloaded. Work in hand ends with the previous one.');
      return { kind: 'reconfigured' };
    } catch (error) {
      return this.refuse(failureOf(error));
    }
  }

  private refuse(failure: Failure): Reconfigured {
    const { code, message, remedy } = failure;
    this.options.say(`The configuration was not reloaded, and the one before is kept: ${message} [${code}] ${remedy}`);
    return { kind: 'refused', failure };
  }
}

const restartNeeded = (keys: readonly string[]): Failure => ({
  code: 'RESTART_NEEDED',
  message: `${keys.join(', ')} can't change while it runs`,
  remedy: 'Restart the stack.',
});
