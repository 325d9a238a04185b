import 'reflect-metadata';
import { runProcess } from '@havun/service-kit';
import { serveStandalone } from './serve.js';

await runProcess('standalone', (config) => serveStandalone(config, () => undefined));
