import { projectHost, type HavunConfig } from '@havun/config';
import type { Failure } from '@havun/domain';
import { occupantOf, type OccupantDeps } from '../runs/occupant.js';

/** Why production can't be replaced now: another run works on the project. --force does not override this. */
export async function occupantOfProduction(
  deps: OccupantDeps & { readonly config: HavunConfig },
  project: string,
): Promise<Failure | undefined> {
  const refusal = await occupantOf(deps, projectHost(deps.config, project), project);
  return refusal && waitFor(refusal, project);
}

const waitFor = ({ code, message }: Failure, project: string): Failure => ({
  code,
  message,
  remedy: `Wait for its end, and run the command again. It is shown by: havun backup:list --project=${project}, and havun restore:list --project=${project}`,
});
