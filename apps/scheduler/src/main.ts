import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { schedulerService } from './app.module.js';

await runServiceProcess(schedulerService);
