import 'reflect-metadata';
import { runProcess } from '@havun/service-kit';
import { printableLines } from '@havun/text';
import { serveStandalone } from './serve.js';

await runProcess('standalone', (serving) =>
  serveStandalone({
    ...serving,
    onUp: () => undefined,
    say: (what) => void process.stderr.write(printableLines(`${what}\n`)),
  }),
);
