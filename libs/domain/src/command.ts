/** A command to a decider. Every command says when it is given (`now`, ISO 8601 in UTC): deciders have no clock. */
export type Command<Type extends string, Data> = { readonly type: Type; readonly now: string } & Data;

interface AnyCommand {
  readonly type: string;
  readonly now: string;
}

/** The content of a command, without its type and time. */
export type DataOf<Asked extends AnyCommand> = Omit<Asked, 'type' | 'now'>;

export function dataOf<Asked extends AnyCommand>({ type: _type, now: _now, ...data }: Asked): DataOf<Asked> {
  return data;
}

/** The event of this type that records the command's content, at the command's time. */
export function eventFrom<Type extends string, Asked extends AnyCommand>(
  type: Type,
  command: Asked,
): { readonly type: Type; readonly at: string; readonly data: DataOf<Asked> } {
  return { type, at: command.now, data: dataOf(command) };
}
