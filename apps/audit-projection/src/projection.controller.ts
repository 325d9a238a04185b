import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { eventDefinitions } from '@havun/domain';
import { ProjectionService } from './projection.service.js';

@Controller()
export class ProjectionController {
  constructor(private readonly projection: ProjectionService) {}

  /** A message only says that there are new events. They are read from the log, in its order. */
  @EventPattern(Object.keys(eventDefinitions))
  somethingHappened(): Promise<void> {
    return this.projection.catchUp();
  }
}
