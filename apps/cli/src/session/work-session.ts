import { projectHost, type HavunConfig } from '@havun/config';
import { servicesForOneCommand } from '@havun/standalone';
import { CommandError, exitCodes } from '../exit-code.js';
import type { Terminal } from '../terminal.js';
import { finishInterrupted } from './finish-interrupted.js';
import { openSession, type Session } from './session.js';

/** A session with everything that runs need. Where this process is the stack, it first finishes the runs that a killed one left. */
export async function openWorkSession(context: { config: HavunConfig; terminal: Terminal }): Promise<Session> {
  const { config, terminal } = context;
  const session = await openSession({
    config,
    services: servicesForOneCommand,
    onBringUp: (logFile) => {
      terminal.remark(`No stack is up: bringing one up for this command (log: ${logFile})`);
    },
  });
  try {
    if (session.holdsStack) await finishInterrupted(context, session);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** @throws CommandError where this process is the stack, so that nobody would do the work of another host */
export function checkServed({ holdsStack }: Session, config: HavunConfig, project: string): void {
  const host = projectHost(config, project);
  if (!holdsStack || host === config.host) return;
  throw new CommandError(
    exitCodes.refused,
    'ELSEWHERE',
    `${project} lies on the host "${host}", and this is "${config.host}"`,
    `Run this command on "${host}", or point both machines at one NATS server (nats.url).`,
  );
}
