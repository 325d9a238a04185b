import 'reflect-metadata';
import { runServiceProcess } from '@havun/service-kit';
import { verifierService } from './app.module.js';

await runServiceProcess(verifierService);
