import { readFile } from 'node:fs/promises';
import { connect, credsAuthenticator, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import type { HavunConfig } from '@havun/config';
import { readStackFile, type StackFile } from './stack-file.js';

export class NatsUnavailable extends Error {
  readonly retryable = true;
  constructor(
    readonly code: 'NO_STACK' | 'NATS_UNREACHABLE',
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'NatsUnavailable';
  }
}

/** Connects to the configured server. The embedded one is found through its stack file. */
export async function connectNats(config: HavunConfig, name: string): Promise<NatsConnection> {
  if (config.nats.url !== 'embedded') return connectTo(await remoteOptions(config), config.nats.url, name);
  const stack = await readStackFile(config.data_dir);
  if (!stack) {
    throw new NatsUnavailable(
      'NO_STACK',
      `The configuration says nats.url: embedded, and no embedded stack is up in ${config.data_dir}`,
      'Start it with «havun up», or run the services separately, with a nats-server of their own (nats.url).',
    );
  }
  return connectToStack(stack, name);
}

export function connectToStack({ nats }: StackFile, name: string): Promise<NatsConnection> {
  return connectTo({ servers: nats.url, user: nats.user, pass: nats.password }, nats.url, name);
}

async function remoteOptions({ nats }: HavunConfig): Promise<ConnectionOptions> {
  const { url, user, password, credentials_file, tls } = nats;
  return {
    servers: url,
    ...(user !== undefined && { user }),
    ...(password && { pass: password.reveal() }),
    ...(credentials_file !== undefined && { authenticator: credsAuthenticator(await readFile(credentials_file)) }),
    // Only this option makes the client refuse a server without TLS; it ignores the scheme.
    ...((tls ?? url.startsWith('tls://')) && {
      tls: {
        ...(tls?.ca_file !== undefined && { caFile: tls.ca_file }),
        ...(tls?.cert_file !== undefined && { certFile: tls.cert_file }),
        ...(tls?.key_file !== undefined && { keyFile: tls.key_file }),
      },
    }),
  };
}

async function connectTo(options: ConnectionOptions, url: string, name: string): Promise<NatsConnection> {
  try {
    return await connect({ ...options, name, maxReconnectAttempts: -1, reconnectTimeWait: 500 });
  } catch (error) {
    throw new NatsUnavailable(
      'NATS_UNREACHABLE',
      `No connection to NATS at ${withoutCredentials(url)}: ${(error as Error).message}`,
      'Check that nats-server runs there with JetStream on, that nothing between blocks it, and the credentials in the configuration.',
      { cause: error },
    );
  }
}

const withoutCredentials = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
