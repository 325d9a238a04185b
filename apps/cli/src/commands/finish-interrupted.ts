import type { BackupEvent, StreamId } from '@havun/domain';
import { describeEvent, renderLine } from '../output/run-lines.js';
import { followRun } from '../session/follow-run.js';
import type { Session } from '../session/session.js';
import { mark } from '../terminal.js';
import type { CommandContext } from './command.js';

/**
 * Waits for the runs of this machine that a killed process has left: the stack that this command has brought up takes
 * them up again, and would end in the middle of them. A machine that lives by its crontab has no other stack.
 */
export async function finishInterrupted({ config, terminal }: CommandContext, session: Session): Promise<void> {
  const { queries } = await session.readModel();
  const interrupted = (await queries.runningBackups()).filter(({ host }) => host === config.host);
  await Promise.all(
    interrupted.map(async ({ id, name, host }) => {
      terminal.remark(`${mark('warning')} ${name} was interrupted, and is taken up again first`);
      const end = await endOf(session, { host, category: 'backup', id });
      if (end) terminal.remark(renderLine({ ...describeEvent(end), text: `${name}: ${describeEvent(end).text}` }));
    }),
  );
}

async function endOf({ context }: Session, stream: StreamId): Promise<BackupEvent | undefined> {
  let last: BackupEvent | undefined;
  for await (const { event } of followRun(context, stream, new AbortController().signal)) last = event;
  return last;
}
