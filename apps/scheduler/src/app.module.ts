import { Module } from '@nestjs/common';
import type { ServiceDefinition } from '@havun/service-kit';
import { DrillSchedule } from './drill-schedule.js';
import { ScheduleService } from './schedule.service.js';

@Module({ providers: [ScheduleService, DrillSchedule] })
class AppModule {}

/** Requests the backup of every slot, and the drill of every quarter. The clock drives it; it consumes no events. */
export const schedulerService: ServiceDefinition = { name: 'scheduler', module: AppModule };
