import type { NatsConnection } from '@nats-io/transport-node';
import type { Failure } from '@havun/domain';
import { encodeToken } from '@havun/event-store';
import type { Reconfigured } from '@havun/service-kit';

/** The stack of one machine listens here. Several stacks may share a server, so the host is part of the subject. */
const subject = (host: string): string => `havun.stack.${encodeToken(host)}.reload`;
/** Every service is restarted before the answer comes. */
const answerWithinMs = 60_000;

/** Makes the stack reload its configuration on request. */
export function answerReloads(connection: NatsConnection, host: string, reload: () => Promise<Reconfigured>): void {
  connection.subscribe(subject(host), {
    callback: (error, message) => {
      if (error) return;
      void reload().then((answer) => message.respond(JSON.stringify(answer)));
    },
  });
}

/** Requests a reload from the stack of a machine. @returns the result, or that no stack has answered */
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
