import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { runnerService } from './app.module.js';

await runServiceProcess(runnerService);
