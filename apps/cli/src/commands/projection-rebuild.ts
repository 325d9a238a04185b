import { openReadModel, type ReadModel } from '@havun/read-model';
import { exitCodes } from '../exit-code.js';
import { plural } from '../output/format.js';
import { openSession, type Session } from '../session/session.js';
import { mark } from '../terminal.js';
import type { CommandContext, Outcome } from './command.js';

/** Rebuilds the tables from the log, while the old ones can still be read. Creates them where there are none. */
export async function projectionRebuild({ config, terminal }: CommandContext): Outcome {
  const tables = await openReadModel(config.read_model);
  try {
    return await rebuildFrom(await openSession({ config, services: [] }), tables, terminal);
  } finally {
    await tables.close();
  }
}

async function rebuildFrom(session: Session, tables: ReadModel, terminal: CommandContext['terminal']): Outcome {
  try {
    const head = await session.context.store.head();
    const { events } = await tables.rebuild((after) => session.context.store.readAll(after), {
      onProgress: ({ events: done }) => {
        if (terminal.interactive) process.stderr.write(`\r  ${done.toLocaleString('en')} events`);
      },
    });
    if (terminal.interactive) process.stderr.write('\r');
    terminal.printJson({ events, head });
    terminal.print(`${mark('ok')} The tables are rebuilt from ${plural(events, 'event')} (the log ends at ${head}).`);
    return exitCodes.done;
  } finally {
    await session.close();
  }
}
