import { retentionPolicy } from '@havun/config';
import {
  projectRetentionStream,
  projectRetentionDecider,
  samePolicy,
  wouldDeleteMore,
  type Failure,
  type Ids,
  type KeptBackup,
  type ProjectRetention,
  type ProjectRetentionCommand,
  type RetentionContext,
  type RetentionPolicy,
  type StreamId,
} from '@havun/domain';
import { execute } from '@havun/event-store';
