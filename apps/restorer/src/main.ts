import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { restorerService } from './app.module.js';

await runServiceProcess(restorerService);
