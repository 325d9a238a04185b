// What psql says when a statement of a dump fails. Details and contexts quote rows; so do messages about values.

const MESSAGE =
  /(ERROR|FATAL|PANIC): {2}(?:([0-9A-Z]{5}): )?([^]*?)(?=\n(?:DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|SCHEMA NAME|TABLE NAME|COLUMN NAME|CONSTRAINT NAME|DATATYPE NAME|LINE \d+)\b|\n*$)/;
/** Data, syntax, and errors that functions raise themselves. */
const ABOUT_VALUES = /^(?:22|21|P0|38|42601|XX)/;
const FUNCTION = /(?:PL\/pgSQL function|SQL function) ([\w$".]+(?:\([\w$". ,[\]]*\))?)/;

/** The message, without what it quotes where that may be a value; and the function that was running. */
export function serverWords(stderr: string): string {
  const [, severity = '', state = '', text = ''] = MESSAGE.exec(stderr) ?? [];
  if (severity === '') return stderr;
  const words = ABOUT_VALUES.test(state) ? withoutValues(state, text) : text.replaceAll('\n', ' ');
  const running = FUNCTION.exec(stderr)?.[1];
  return `${severity}:  ${state === '' ? '' : `${state}: `}${words}${running === undefined ? '' : `, in the function ${running}`}`;
}

function withoutValues(state: string, text: string): string {
  if (/^(?:P0|38|XX)/.test(state)) return 'a function of the database failed';
  const [first, end] = [text.search(/["']/), Math.max(text.lastIndexOf('"'), text.lastIndexOf("'"))];
  if (first < 0) return text.replaceAll('\n', ' ');
  return `${text.slice(0, first)}"..."${text.slice(Math.max(end, first) + 1)}`;
}
