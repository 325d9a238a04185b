import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { auditProjectionService } from './app.module.js';

await runServiceProcess(auditProjectionService);
