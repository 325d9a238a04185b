import { errors, type NatsConnection, type Msg } from '@nats-io/transport-node';
import { failureOf, type Failure } from '@havun/domain';
import { encodeToken } from '@havun/event-store';

const everybody = 'havun.health';

/** The identity of a service, as its health answers give it. */
export interface HealthIdentity {
  readonly service: string;
  readonly host: string;
  /** The name of this process, unique within its service. */
  readonly instance: string;
}

/** The answer of one process. `failure` replaces `details` where these could not be determined. */
export interface HealthAnswer extends HealthIdentity {
  readonly details?: object;
  readonly failure?: Failure;
}

export interface HealthSource extends HealthIdentity {
  readonly details: () => object | Promise<object>;
}

/** Answers everyone who asks, until stopped. */
export function answerHealth(connection: NatsConnection, source: HealthSource): { stop(): void } {
  const callback = (error: Error | null, message: Msg): void => {
    if (!error) void answerOf(source).then((answer) => message.respond(JSON.stringify(answer)));
  };
  const subscriptions = [everybody, `${everybody}.${encodeToken(source.service)}`].map((subject) =>
    connection.subscribe(subject, { callback }),
  );
  return {
    stop: () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

/** Asks every process, or those of one service. It always waits for the whole time, as nobody knows how many there are. */
export async function askHealth(
  connection: NatsConnection,
  timeoutMs: number,
  service?: string,
): Promise<HealthAnswer[]> {
  const subject = service === undefined ? everybody : `${everybody}.${encodeToken(service)}`;
  const answers: HealthAnswer[] = [];
  try {
    for await (const message of await connection.requestMany(subject, '', { strategy: 'timer', maxWait: timeoutMs })) {
      answers.push(message.json<HealthAnswer>());
    }
  } catch (error) {
    if (!(error instanceof errors.NoRespondersError)) throw error;
  }
  return answers;
}

async function answerOf({ service, host, instance, details }: HealthSource): Promise<HealthAnswer> {
  try {
    return { service, host, instance, details: await details() };
  } catch (error) {
    return { service, host, instance, failure: failureOf(error) };
  }
}
