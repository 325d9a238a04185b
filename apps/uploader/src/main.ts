import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { uploaderService } from './app.module.js';

await runServiceProcess(uploaderService);
