import type { NatsConnection } from '@nats-io/transport-node';
import type { Failure } from '@havun/domain';
import { encodeToken } from '@havun/event-store';
import type { Reconfigured } from '@havun/service-kit';

/** The stack of one machine listens here: on a server that several share, each for its own. */
const subject = (host: string): string => `havun.stack.${encodeToken(host)}.reload`;
/** Every service is started anew before the answer comes. */
const answerWithinMs = 60_000;

/** Has the stack reload its configuration when it is asked to. */
export function answerReloads(connection: NatsConnection, host: string, reload: () => Promise<Reconfigured>): void {
  connection.subscribe(subject(host), {
    callback: (error, message) => {
      if (error) return;
      void reload().then((answer) => message.respond(JSON.stringify(answer)));
    },
  });
}

/** Asks the stack of a machine to reload. @returns what became of it, or that no stack has answered */
export async function askToReload(connection: NatsConnection, host: string): Promise<Reconfigured> {
  try {
    return (await connection.request(subject(host), undefined, { timeout: answerWithinMs })).json<Reconfigured>();
  } catch (error) {
    return { kind: 'refused', failure: noAnswer(host, error) };
  }
}

const noAnswer = (host: string, error: unknown): Failure => ({
  code: 'STACK_NOT_UP',
  message: `No stack of "${host}" has answered: ${error instanceof Error ? error.message : String(error)}`,
  remedy: 'Start it with «havun up». Services that run apart reload on SIGHUP.',
});
