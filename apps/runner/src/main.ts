import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { runnerService } from './app.module.js';
import { restorerService } from './restore/restorer.module.js';

await runServiceProcess(runnerService, restorerService);
