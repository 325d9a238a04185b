import { scrubber, secretsIn, type HavunConfig, type Scrub } from '@havun/config';

/** The secrets of every configuration that this process has had: what is in hand still goes by the ones before. */
export class KnownSecrets {
  private known: readonly string[] = [];
  private remove: Scrub = (text) => text;

  constructor(config: HavunConfig) {
    this.of(config);
  }

  /** Removes them all from a text. */
  readonly scrub: Scrub = (text) => this.remove(text);

  /** Knows the secrets of another configuration, too. @returns that configuration */
  of(config: HavunConfig): HavunConfig {
    this.known = [...new Set([...this.known, ...secretsIn(config)])];
    this.remove = scrubber(this.known);
    return config;
  }
}
