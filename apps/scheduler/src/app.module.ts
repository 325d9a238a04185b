import { Module } from '@nestjs/common';
import type { ServiceDefinition } from '@havun/service-kit';
import { ScheduleService } from './schedule.service.js';

@Module({ providers: [ScheduleService] })
class AppModule {}

/** Asks for the backup of every slot. It is driven by the clock, and consumes nothing. */
export const schedulerService: ServiceDefinition = { name: 'scheduler', module: AppModule };
