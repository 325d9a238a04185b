import type { HavunConfig } from '@havun/config';
import type { ExitCode } from '../exit-code.js';
import type { Terminal } from '../terminal.js';

/** What every command receives. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly config: HavunConfig;
}

export type Outcome = Promise<ExitCode>;
