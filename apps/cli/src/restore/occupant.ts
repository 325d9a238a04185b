import type { Failure } from '@havun/domain';
import { occupantOf } from '@havun/use-cases';
import { type ServiceContext } from '@havun/service-kit';

/** Why production can't be replaced now: another run is at work on the project. No --force goes past it. */
export async function occupantOfProduction(
  context: Pick<ServiceContext, 'store' | 'leases' | 'config'>,
  project: string,
): Promise<Failure | undefined> {
  const { host = context.config.host } = context.config.projects[project] ?? {};
  const refusal = await occupantOf(context, host, project);
  return refusal && waitFor(refusal, project);
}

export const waitFor = ({ code, message }: Failure, project: string): Failure => ({
  code,
  message,
  remedy: `Wait for its end, and run the command again. It is shown by: havun backup:list --project=${project}, and havun restore:list --project=${project}`,
});
