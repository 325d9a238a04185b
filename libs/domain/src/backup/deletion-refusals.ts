import type { Failure } from '../event.js';
import type { Tier } from '../naming.js';
import { holdsInForce, isInForce, type Hold } from '../retention/hold.js';
import type { DeletionFacts } from './commands.js';
import type { EndedBackup } from './state.js';

export interface WantedDeletion {
  readonly now: string;
  /** Undefined for all copies: a proposal. */
  readonly storage: string | undefined;
  readonly tier: Tier;
  readonly facts: DeletionFacts;
  readonly keeps?: { readonly storage: string; readonly verifiedSince: string } | undefined;
}

/** A clock that is a little ahead is no date in the future. */
const futureToleranceMs = 3_600_000;

/**
 * What forbids a deletion, the gravest reason first; undefined where nothing does. What the log alone can't tell comes as facts,
 * and is as true as they are.
 */
export function refuseDeletion(wanted: WantedDeletion, state: EndedBackup): Failure | undefined {
  const { now, facts, keeps, tier } = wanted;
  const { name, project } = state.request;
  const [hold] = holdsInForce(state.holds, now);
  if (hold) return onHold(name, hold);
  if (facts.projectHold && isInForce(facts.projectHold, now))
    return onHold(`the project ${project}`, facts.projectHold);
  if (facts.inUseBy !== undefined) return inUse(name, facts.inUseBy);
  if (isInFuture(state, now)) return inFuture(name);
  const refusal = keeps
    ? refuseWithSibling(wanted, keeps, state)
    : (refuseWhole(facts, state) ?? refuseUnproposed(wanted, state));
  if (refusal) return refusal;
  return facts.isLastVerified ? lastVerified(name, project, tier) : undefined;
}

/** By its name's time, as the log has it: it was requested later than now. */
const isInFuture = ({ request, requestedAt }: EndedBackup, now: string): boolean =>
  !(Date.parse(request.slot ?? requestedAt) - Date.parse(now) <= futureToleranceMs);

/** The backup goes on in another storage: that copy must be good, and have been seen so lately. */
function refuseWithSibling(
  { storage }: WantedDeletion,
  keeps: { readonly storage: string; readonly verifiedSince: string },
  { request, archived }: EndedBackup,
): Failure | undefined {
  const sibling = archived?.copies.get(keeps.storage);
  const isGood = keeps.storage !== storage && sibling?.state === 'verified' && sibling.at >= keeps.verifiedSince;
  if (isGood) return undefined;
  const seen = sibling === undefined ? 'there is none' : `it is ${sibling.state}`;
  return {
    code: 'SIBLING_NOT_VERIFIED',
    message: `The copy of ${request.name} in ${storage ?? 'hot storage'} stays: the one in ${keeps.storage} was not read back just now (${seen})`,
    remedy: `Look at the copies with «havun backup:show ${request.name}», and bring what is missing there with «havun backup:retry ${request.name}».`,
  };
}

/** Why no command deletes a backup as a whole; undefined where the policy lets it go, and did when it was made. */
export function protectionOf(
  policy: DeletionFacts['policy'],
  { policy: made }: Pick<EndedBackup['request'], 'policy'>,
): 'compliance' | 'was-protected' | 'protected' | undefined {
  if (policy.complianceRequired || made.complianceRequired === true) return 'compliance';
  // Release 0.1 has not recorded why a backup was not to be deleted: it may have been the law.
  if (made.complianceRequired === undefined && !made.canAutoDelete) return 'was-protected';
  return policy.autoCleanupArchive ? undefined : 'protected';
}

/** The backup goes, whether it has come to the archive or not. */
function refuseWhole({ policy }: DeletionFacts, { request }: EndedBackup): Failure | undefined {
  const { name, project } = request;
  switch (protectionOf(policy, request)) {
    case undefined:
      return undefined;
    case 'compliance':
      return {
        code: 'COMPLIANCE_ARCHIVE',
        message: `${name} is an archive that the law wants kept: no command deletes it`,
        remedy:
          'There is nothing to do. Who must delete it all the same does so in the storage, by hand, and answers for it.',
      };
    case 'was-protected':
      return {
        code: 'ARCHIVE_PROTECTED',
        message: `${name} was made when archives of ${project} were not to be deleted`,
        remedy: 'There is nothing to do: it is kept.',
      };
    case 'protected':
      return {
        code: 'ARCHIVE_PROTECTED',
        message: `Archives of ${project} are not to be deleted: retention.auto_cleanup_archive is false`,
        remedy: 'There is nothing to do: it is kept.',
      };
  }
}

/** An archive goes in two steps, with time to cancel in between. */
function refuseUnproposed(
  { storage, tier, now }: WantedDeletion,
  { request, deletion }: EndedBackup,
): Failure | undefined {
  const isProposal = storage === undefined;
  if (isProposal || tier === 'hot' || (deletion && deletion.notBefore <= now)) return undefined;
  return {
    code: 'NOT_YET',
    message: deletion
      ? `The deletion of ${request.name} is proposed, not before ${deletion.notBefore}`
      : `The deletion of ${request.name} was not proposed, so that nobody could cancel it`,
    remedy: 'Wait for the clean-up after that. See what is proposed with «havun deletion:list».',
  };
}

const onHold = (what: string, { by, reason, placedAt }: Hold): Failure => ({
  code: 'ON_HOLD',
  message: `${what} is on hold since ${placedAt}, placed by ${by}: ${reason}`,
  remedy: 'See the holds with «havun hold:list». Whoever may release it does so with «havun hold:release».',
});

const inUse = (name: string, by: string): Failure => ({
  code: 'IN_USE',
  message: `${name} is used by ${by}`,
  remedy: 'It is looked at again by the next clean-up.',
});

const inFuture = (name: string): Failure => ({
  code: 'DATED_IN_FUTURE',
  message: `${name} is dated in the future, so its age is not known`,
  remedy: 'Look at the clocks of this machine and of the one that made it. It is kept until a person has looked.',
});

const lastVerified = (name: string, project: string, tier: Tier): Failure => ({
  code: 'LAST_VERIFIED',
  message: `${name} is the last backup of ${project} with a verified copy in ${tier} storage`,
  remedy: 'It is kept until a newer one is verified. See what there is with «havun backup:list».',
});
