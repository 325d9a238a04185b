import { Inject, Injectable } from '@nestjs/common';
import { Leases, projectLeaseKey, workLeaseKey } from '@havun/coordination';
import { RetryLater } from '@havun/messaging';
import { INSTANCE, LEASES } from '@havun/service-kit';

/** The delay of a message while another process holds what it needs, in milliseconds. */
const busyDelayMs = 2_000;

/** What a restore needs exclusively while it works: the restore itself, and the project that it replaces. */
@Injectable()
export class RestoreLeases {
  constructor(
    @Inject(LEASES) private readonly leases: Leases,
    @Inject(INSTANCE) private readonly instance: string,
  ) {}

  /** One process works on a restore at a time. @throws RetryLater while another does */
  async alone(restoreId: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const held = await this.leases.acquire(workLeaseKey(restoreId, 'restore'), this.instance, { shared: false });
    if (held.kind === 'held') throw new RetryLater(busyDelayMs, `${held.by.holder} is at work on this restore`);
    try {
      await work(AbortSignal.any([signal, held.lease.signal]));
    } finally {
      await held.lease.release();
    }
  }

  /**
   * Keeps every backup and every other restore away from the project (D8). The lease stays this restore's until `free`, so that
   * no other run starts between two attempts. @throws RetryLater while another run has it
   */
  async holding<Result>(
    project: string,
    restoreId: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const held = await this.leases.acquire(projectLeaseKey(project), restoreId, { shared: true });
    if (held.kind === 'held') throw new RetryLater(busyDelayMs, `${held.by.owner} is at work on ${project}`);
    try {
      return await work(AbortSignal.any([signal, held.lease.signal]));
    } finally {
      await held.lease.release();
    }
  }

  free(project: string, restoreId: string): Promise<void> {
    return this.leases.endRun(project, restoreId);
  }
}
