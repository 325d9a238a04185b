import { randomUUID } from 'node:crypto';
import type { HavunEvent, NewEvent, StreamId } from '@havun/domain';

/** Small events for tests of stores: their content does not matter, as long as they can be told apart. */
export const aStream = (changes: Partial<StreamId> = {}): StreamId => ({
  host: 'local',
  category: 'backup',
  id: randomUUID(),
  ...changes,
});

export const anEvent = (changes: Partial<NewEvent<HavunEvent>> & { attempt?: number } = {}): NewEvent<HavunEvent> => {
  const { attempt = 1, ...rest } = changes;
  return {
    id: randomUUID(),
    event: { type: 'BackupStarted', at: '2025-11-21T02:00:00.000Z', data: { attempt, runner: 'runner-1' } },
    correlationId: randomUUID(),
    source: 'runner',
    ...rest,
  };
};
