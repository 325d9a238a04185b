import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { retentionService } from './app.module.js';

await runServiceProcess(retentionService);
