/**
 * Runs the tests, one kind after another: `node tools/run-tests.mjs [--kind=KIND]... [--minutes=N] [path...]`,
 * where a kind is spec, int, e2e or long. Without one, all but `long`: campaigns, which try very many cases. After N minutes the
 * tests are stopped, which counts as a failure. The last line is the sum, `N passed, N failed, N skipped`; it ends with 1 when a
 * test failed, a file could not be run, or nothing ran.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const checkout = fileURLToPath(new URL('../', import.meta.url));
const jest = join(checkout, 'node_modules/jest/bin/jest.js');
/** The time limit of a test that does not set one itself, how many files run at the same time, and whether they drive the built apps. */
const kinds = {
  spec: { suffix: /(?<!\.int|\.e2e|\.long)\.spec\.ts$/, timeoutMs: 20_000, workers: 2 },
  int: { suffix: /\.int\.spec\.ts$/, timeoutMs: 120_000, workers: 2 },
  e2e: { suffix: /\.e2e\.spec\.ts$/, timeoutMs: 240_000, workers: 2, built: true },
  long: { suffix: /\.long\.spec\.ts$/, timeoutMs: 4 * 3_600_000, workers: 2, built: true },
};
/** After its results are written, Jest has nothing to do: a process that stays has left something open. */
const graceMs = 30_000;

/** Includes the administrators' programs, which a user's PATH lacks: mariadbd is one; and PostgreSQL, where it is only unpacked. */
const searchPath = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin', ...unpackedPostgresql()].join(delimiter);

const { values, positionals: paths } = parseArgs({
  options: { kind: { type: 'string', multiple: true, default: ['spec', 'int', 'e2e'] }, minutes: { type: 'string' } },
  allowPositionals: true,
});
if (!values.kind.every((kind) => Object.hasOwn(kinds, kind)) || !/^[1-9]\d*$/.test(values.minutes ?? '1')) {
  console.error(`--kind is one of ${Object.keys(kinds).join(', ')}; --minutes is a number`);
  process.exit(2);
}
/** `performance.now()` at which everything has to have ended. */
const deadline = values.minutes === undefined ? Infinity : performance.now() + Number(values.minutes) * 60_000;

const files = ['libs', 'apps', 'tools']
  .flatMap((root) => readdirSync(join(checkout, root), { recursive: true }).map((name) => join(checkout, root, name)))
  .filter((file) => paths.length === 0 || paths.some((path) => new RegExp(path, 'i').test(file)));
const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, kind] of Object.entries(kinds)) {
  if (!values.kind.includes(name) || !files.some((file) => kind.suffix.test(file))) continue;
  const built = !kind.built || (await run([join(checkout, 'tools/build/bundle.mjs')])) === 0;
  if (!built) console.error('The apps could not be built, so their tests were not run.');
  add(built ? await runKind(name, kind) : { passed: 0, failed: 1, skipped: 0 });
}
if (total.passed + total.failed + total.skipped === 0) console.error('No test ran.');
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function unpackedPostgresql() {
  const versions = join(checkout, '.cache/debian/postgresql/usr/lib/postgresql');
  return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
}

function add(sums) {
  for (const key of Object.keys(total)) total[key] += sums[key];
}

async function runKind(name, { timeoutMs, workers }) {
  const folder = mkdtempSync(join(tmpdir(), 'havun-tests-'));
  const outputFile = join(folder, 'results.json');
  try {
    const options = [`--selectProjects=${name}`, `--maxWorkers=${workers}`, `--testTimeout=${timeoutMs}`];
    const report = ['--json', `--outputFile=${outputFile}`];
    const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const code = await run([...node, jest, ...options, ...report, ...paths], outputFile);
    return sumOf(JSON.parse(readFileSync(outputFile, 'utf8')), code);
  } catch (error) {
    console.error(`Jest gave no results for ${name}: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not be run, or whose set-up or tear-down failed, counts as a failed test. So does a Jest that ended with an error. */
function sumOf({ testResults, numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests }, code) {
  const isBroken = ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
  const failed = numFailedTests + testResults.filter(isBroken).length;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: numPendingTests + numTodoTests };
}

/** Runs Node to its end. @returns its exit code; 1 where it does not end in time, or stays although its results are written */
function run(args, resultsFile) {
  const child = spawn(process.execPath, args, {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: searchPath },
  });
  let stayed;
  const watch = setInterval(() => {
    if (performance.now() > deadline) {
      clearInterval(watch);
      console.error(`The tests did not end within ${values.minutes} minutes.`);
      // Not SIGKILL: Jest then ends its workers, and these end what they have started.
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
      return;
    }
    if (resultsFile === undefined || !existsSync(resultsFile)) return;
    clearInterval(watch);
    stayed = setTimeout(() => {
      console.error('Jest did not end after its last test: something was left open.');
      child.kill('SIGKILL');
    }, graceMs);
  }, 1000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(watch);
      clearTimeout(stayed);
      resolve(code ?? 1);
    });
  });
}
