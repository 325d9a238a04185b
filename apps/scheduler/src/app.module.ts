import { Module } from '@nestjs/common';
import type { ServiceDefinition } from '@havun/service-kit';
import { CleanupSchedule } from './cleanup-schedule.js';
import { DrillSchedule } from './drill-schedule.js';
import { ReconcileSchedule } from './reconcile-schedule.js';
import { ScheduleService } from './schedule.service.js';

@Module({ providers: [ScheduleService, DrillSchedule, CleanupSchedule, ReconcileSchedule] })
class AppModule {}

/**
 * Requests the backup of every slot, the drill of every quarter, the clean-up of every day, and the weekly comparison. The clock
 * drives it; it consumes no events.
 */
export const schedulerService: ServiceDefinition = { name: 'scheduler', module: AppModule };
