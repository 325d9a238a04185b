import { readdirSync, readFileSync } from 'node:fs';

/** What was seen of the processes that a process started, and those that they started. */
export interface Watch {
  /** The programs, by the path or name that each was started with. */
  readonly programs: ReadonlySet<string>;
  /** Every text that was found, as `program: argument or environment: text`. */
  readonly found: ReadonlySet<string>;
}

/**
 * Looks again and again at the command line and environment of everything that descends from a process, for as long as it
 * lives. The process itself is not looked at, nor a child that has not yet become another program: it still shows its
 * parent's.
 */
export class ProcessWatch implements Watch {
  readonly programs = new Set<string>();
  readonly found = new Set<string>();

  constructor(private readonly texts: readonly string[]) {}

  /** @returns what ends it */
  start(pid: number): () => void {
    const timer = setInterval(() => {
      this.lookAtChildren(pid);
    }, 5);
    return () => {
      clearInterval(timer);
    };
  }

  private lookAtChildren(parent: number): void {
    const parentCommand = read(parent, 'cmdline');
    for (const child of childrenOf(parent)) {
      const command = read(child, 'cmdline');
      if (command !== '' && command !== parentCommand) this.lookAt(child, command);
      this.lookAtChildren(child);
    }
  }

  private lookAt(pid: number, command: string): void {
    const [program = ''] = command.split('\0');
    this.programs.add(program);
    const environment = read(pid, 'environ');
    for (const text of this.texts) {
      if (command.includes(text)) this.found.add(`${program}: argument: ${text}`);
      if (environment.includes(text)) this.found.add(`${program}: environment: ${text}`);
    }
  }
}

/** The children of each of its threads. A process that has ended has none. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
