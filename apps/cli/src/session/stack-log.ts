import { openSync, writeSync } from 'node:fs';

/** The log of a stack that a command brought up. If it can't be written, as on a full disk, that is reported once. */
export function openStackLog(path: string, say: (what: string) => void): { write: (line: string) => void } {
  const file = openSync(path, 'a', 0o600);
  let told = false;
  return {
    write: (line) => {
      try {
        writeSync(file, line);
      } catch (error) {
        if (!told) say(`The log ${path} can't be written any more: ${(error as Error).message}`);
        told = true;
      }
    },
  };
}
