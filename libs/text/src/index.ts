export { indentedLines, printable, printableJson, printableLines } from './printable.js';
