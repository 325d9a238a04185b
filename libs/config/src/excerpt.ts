/** After these words on a line, a secret may follow. */
const secretKey = /pass|secret|token|webhook|slack|discord|credential|key/i;

/**
 * The line with a caret below the column (both from 1), for a terminal. Of a line that names a secret, only the beginning is
 * shown. Of a line without a key, which may continue a secret, only the punctuation is shown.
 */
export function excerptOf(source: string, line: number, column: number): string {
  const whole = (source.split('\n')[line - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
  const shown = withoutSecrets(whole);
  const caret = Math.min(column - 1, shown.length);
  return `${shown}\n${' '.repeat(caret)}^`;
}

function withoutSecrets(line: string): string {
  const named = secretKey.exec(line);
  if (named) {
    const colon = line.indexOf(':', named.index);
    return colon === -1 ? masked(line) : `${line.slice(0, colon + 1)} …`;
  }
  return /^[\s-]*[\w.-]+:(\s|$)/.test(line) ? line : masked(line);
}

const masked = (line: string): string => line.replace(/[^\s:[\]{},"'-]/g, '·');
