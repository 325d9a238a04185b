/**
 * What eslint does not check: import cycles, unused exports and packages, and Nest where it is not allowed. `node
 * tools/lint/lint.mjs [--root=FOLDER] [--fix]`; --fix removes unused exports. Ends with 1 where something is wrong.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { importCycles } from './cycles.mjs';
import { readModuleGraph } from './module-graph.mjs';
import { nestWhereNoneMayBe } from './nest.mjs';
import { packageProblems } from './packages.mjs';
import { removeUnusedExports, unusedExports } from './unused-exports.mjs';

const { values } = parseArgs({ options: { root: { type: 'string' }, fix: { type: 'boolean', default: false } } });
const root = values.root ?? fileURLToPath(new URL('../../', import.meta.url));
if (values.fix) removeUnusedExports(readModuleGraph(root));
const graph = readModuleGraph(root);
const problems = [importCycles, unusedExports, nestWhereNoneMayBe, packageProblems].flatMap((check) => check(graph));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
