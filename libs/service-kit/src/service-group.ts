import type { NatsConnection } from '@nats-io/transport-node';
import type { HavunConfig } from '@havun/config';
import { openServiceContext, type ContextOptions } from './service-context.js';
import { startService, type RunningService, type ServiceDefinition } from './service.js';

export interface ServiceGroupOptions {
  readonly config: HavunConfig;
  readonly connection: NatsConnection;
  /** Downstream services first, so that nothing waits when the first event comes. */
  readonly definitions: readonly ServiceDefinition[];
  readonly log?: ContextOptions['log'];
}

/** The services of one process. */
export class ServiceGroup {
  /** Services with an earlier configuration: they take no new work, and finish what they have. */
  private readonly retiring = new Set<RunningService>();

  private constructor(
    private readonly options: ServiceGroupOptions,
    private running: readonly RunningService[],
  ) {}

  static async start(options: ServiceGroupOptions, signal?: AbortSignal): Promise<ServiceGroup> {
    return new ServiceGroup(options, await startAll(options, signal));
  }

  /**
   * Starts the services again with another configuration. Work in hand continues with the configuration that it began with.
   * @throws where they can't start with it; the present services then continue
   */
  async reconfigure(config: HavunConfig): Promise<void> {
    const before = this.running;
    this.running = await startAll({ ...this.options, config });
    for (const service of before) {
      this.retiring.add(service);
      void service.close(Infinity).finally(() => this.retiring.delete(service));
    }
  }

  /** The present work, in words for a person: `runner (1)`. Empty where there is none. */
  inHand(): string[] {
    return this.all()
      .filter((service) => service.inHand() > 0)
      .map((service) => `${service.name} (${service.inHand()})`);
  }

  /** Work in hand gets each service's grace, all at the same time. The first service, which takes work from the others, ends last. */
  async close(): Promise<void> {
    const [last, ...others] = this.all();
    await Promise.all(others.map((service) => service.close()));
    await last?.close();
  }

  private all(): readonly RunningService[] {
    return [...this.running, ...this.retiring];
  }
}

async function startAll(
  { config, connection, definitions, log }: ServiceGroupOptions,
  signal?: AbortSignal,
): Promise<RunningService[]> {
  const running: RunningService[] = [];
  try {
    for (const definition of definitions) {
      signal?.throwIfAborted();
      const context = await openServiceContext({ service: definition.name, config, connection, ...(log && { log }) });
      running.push(await startService(definition, context));
    }
    return running;
  } catch (error) {
    await Promise.all(running.map((service) => service.close()));
    throw error;
  }
}
