import { describe, expect, it } from '@jest/globals';
import { fold } from '../decider.js';
import { aBackupEvent, aPolicy } from '../testing/events.js';
import { specificationFor } from '../testing/specification.js';
import type { DeletionFacts, ProposeDeletion, StartDeletion } from './commands.js';
import { backupDecider } from './decider.js';
import type { BackupEvent } from './events.js';
import { isEnded } from './state.js';

const { given } = specificationFor(backupDecider);
const now = '2034-01-21T02:00:00.000Z';
const [requested, path] = [aBackupEvent('BackupRequested'), aBackupEvent('ArchiveCreated').data.path];
const to = aBackupEvent('MovedToArchive').data.to;
const madeWith = (changes: Parameters<typeof aPolicy>[0]) =>
  aBackupEvent('BackupRequested', { policy: aPolicy(changes) });
const historyOf = (request: BackupEvent): BackupEvent[] => [
  request,
  aBackupEvent('BackupStarted'),
  aBackupEvent('ArchiveCreated'),
  aBackupEvent('Verified', { storage: 'local' }),
  aBackupEvent('Uploaded'),
  aBackupEvent('Verified', { storage: 'hetzner' }),
  aBackupEvent('BackupCompleted'),
];
const hot = historyOf(madeWith({ canAutoDelete: true, complianceRequired: false }));
const archived = [...hot, aBackupEvent('MovedToArchive')];
const proposed = [...archived, aBackupEvent('DeletionProposed')];
const begun = [...hot, aBackupEvent('DeletionStarted')];

const free: DeletionFacts = { policy: { autoCleanupArchive: true, complianceRequired: false }, isLastVerified: false };
const because = { rule: 'hot-days', reason: 'older than 30 days' };
const keeps = { storage: 'hetzner', verifiedSince: '2025-11-01T00:00:00.000Z' };
const startHot = (changes: Partial<StartDeletion> = {}): StartDeletion => ({
  ...{ type: 'StartDeletion', now, storage: 'local', path, tier: 'hot', facts: free, keeps, ...because },
  ...changes,
});
const startArchive = (changes: Partial<StartDeletion> = {}): StartDeletion => ({
  ...{ type: 'StartDeletion', now, storage: 'hetzner', path: to, tier: 'archive', facts: free, ...because },
  ...changes,
});
const propose = (changes: Partial<ProposeDeletion> = {}): ProposeDeletion => ({
  ...{ type: 'ProposeDeletion', now, notBefore: '2034-02-04T02:00:00.000Z', facts: free, ...because },
  ...changes,
});
const refusalOf = (history: BackupEvent[], command: StartDeletion): string | undefined => {
  const decision = backupDecider.decide(command, fold(backupDecider, history));
  return decision.kind === 'event' && decision.event.type === 'DeletionRefused' ? decision.event.data.code : undefined;
};

describe('the deletion of a copy', () => {
  it('is begun, then recorded, or abandoned', () => {
    given(...hot)
      .when(startHot())
      .then(aBackupEvent('DeletionStarted', { at: now }));
    given(...begun)
      .when(startHot())
      .thenNothing();
    given(...begun)
      .when({ type: 'RecordDeletion', now, storage: 'local', path })
      .then(aBackupEvent('HotCopyDeleted', { at: now }));
    given(...hot)
      .when({ type: 'RecordDeletion', now, storage: 'local', path })
      .thenNothing();
    const back = fold(backupDecider, [...begun, aBackupEvent('DeletionAbandoned')]);
    expect(isEnded(back) && back.archived?.copies.get('local')?.state).toBe('verified');
  });

  it('of a damaged copy is one too, and gives the damaged one back where it is abandoned', () => {
    const damaged = [...hot, aBackupEvent('VerificationFailed', { storage: 'local' })];
    given(...damaged)
      .when(startHot())
      .then(aBackupEvent('DeletionStarted', { at: now }));
    const stateOf = (...more: BackupEvent[]) => {
      const state = fold(backupDecider, [...damaged, aBackupEvent('DeletionStarted'), ...more]);
      return isEnded(state) ? state.archived?.copies.get('local')?.state : undefined;
    };
    expect([stateOf(), stateOf(aBackupEvent('DeletionAbandoned')), stateOf(aBackupEvent('HotCopyDeleted'))]).toEqual([
      'removing',
      'failed',
      'removed',
    ]);
  });

  it.each<[string, BackupEvent[], StartDeletion]>([
    ['ON_HOLD', [...hot, aBackupEvent('HoldPlaced')], startHot()],
    [
      'ON_HOLD',
      hot,
      startHot({ facts: { ...free, projectHold: { id: '1', by: 'henk', reason: 'Audit', placedAt: now } } }),
    ],
    ['IN_USE', hot, startHot({ facts: { ...free, inUseBy: 'restore-7' } })],
    ['DATED_IN_FUTURE', hot, startHot({ now: '2025-11-20T02:00:00.000Z' })],
    ['SIBLING_NOT_VERIFIED', [...hot, aBackupEvent('VerificationFailed', { storage: 'hetzner' })], startHot()],
    ['SIBLING_NOT_VERIFIED', hot, startHot({ keeps: { ...keeps, verifiedSince: now } })],
    ['SIBLING_NOT_VERIFIED', hot, startHot({ keeps: { ...keeps, storage: 'local' } })],
    ['LAST_VERIFIED', hot, startHot({ facts: { ...free, isLastVerified: true } })],
    [
      'COMPLIANCE_ARCHIVE',
      proposed,
      startArchive({ facts: { ...free, policy: { autoCleanupArchive: true, complianceRequired: true } } }),
    ],
    [
      'COMPLIANCE_ARCHIVE',
      [...historyOf(madeWith({ complianceRequired: true })), aBackupEvent('MovedToArchive')],
      startArchive(),
    ],
    [
      'ARCHIVE_PROTECTED',
      proposed,
      startArchive({ facts: { ...free, policy: { autoCleanupArchive: false, complianceRequired: false } } }),
    ],
    ['ARCHIVE_PROTECTED', [...historyOf(requested), aBackupEvent('MovedToArchive')], startArchive()],
    ['NOT_YET', archived, startArchive()],
    ['NOT_YET', proposed, startArchive({ now: '2033-01-01T00:00:00.000Z' })],
    ['LAST_VERIFIED', proposed, startArchive({ facts: { ...free, isLastVerified: true } })],
  ])('is refused as %s, said once', (code, history, command) => {
    expect(refusalOf(history, command)).toBe(code);
    const { storage, path: at, tier, rule } = command;
    const said = aBackupEvent('DeletionRefused', { storage, path: at, tier, rule, code });
    given(...history, said)
      .when(command)
      .thenRefused(code);
  });

  it('of an archive waits for its proposal, which can be made anew once it has lapsed', () => {
    given(...archived)
      .when(propose())
      .then(aBackupEvent('DeletionProposed', { at: now, notBefore: '2034-02-04T02:00:00.000Z', ...because }));
    given(...proposed)
      .when(propose({ now: '2033-01-10T00:00:00.000Z' }))
      .thenNothing();
    given(...proposed)
      .when(propose())
      .then(aBackupEvent('DeletionProposed', { at: now, notBefore: '2034-02-04T02:00:00.000Z', ...because }));
    expect(refusalOf(proposed, startArchive())).toBeUndefined();
  });
});
