import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../decider.js';
import { aBackupEvent, aPolicy } from '../testing/events.js';
import { specificationFor } from '../testing/specification.js';
import type { CatalogueBackup } from './commands.js';
import { backupDecider } from './decider.js';
import type { BackupEvent, BackupEventData } from './events.js';
import { restorableCopies } from './restorability.js';
import { isEnded } from './state.js';

type FoundCopy = BackupEventData<'BackupCatalogued'>['copies'][number];

const { given } = specificationFor(backupDecider);
const now = '2025-12-01T10:00:00.000Z';
const { status: _, ...found } = aBackupEvent('BackupCatalogued').data;
const path = found.copies[0]!.path;
const archivePath = 'havunadmin/archive/2025/11/2025-11-21-03-00-00-havunadmin.zip';

const copy = (storage: string, verified = true, at = path): FoundCopy => ({ storage, path: at, verified });
const catalogue = (changes: Partial<CatalogueBackup> = {}): CatalogueBackup => ({
  type: 'CatalogueBackup',
  now,
  ...found,
  ...changes,
});
const catalogued = (data: Partial<BackupEventData<'BackupCatalogued'>> = {}): BackupEvent =>
  aBackupEvent('BackupCatalogued', { at: now, ...data });

const run = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated')] as const;
const localVerified = aBackupEvent('Verified', { storage: 'local' });
const localBroken = aBackupEvent('VerificationFailed', { storage: 'local' });
const offsite = [aBackupEvent('Uploaded'), aBackupEvent('Verified', { storage: 'hetzner' })] as const;
const uploadFailed = aBackupEvent('UploadFailed');
const succeeded = [...run, localVerified, ...offsite, aBackupEvent('BackupCompleted')] as const;
const partial = [...run, localVerified, uploadFailed, aBackupEvent('BackupCompleted', { status: 'partial' })] as const;

describe('a backup that the log does not know', () => {
  it('is recorded with all of its copies, as success where every storage of the policy has a verified one', () => {
    given().when(catalogue()).then(catalogued());
  });

  it('is partial where a copy is missing, or was not read back', () => {
    for (const copies of [[copy('local')], [copy('local'), copy('hetzner', false)]]) {
      given()
        .when(catalogue({ copies }))
        .then(catalogued({ copies, status: 'partial' }));
    }
  });

  it('can be restored from, and counts from when its archive was begun', () => {
    const state = fold(backupDecider, [catalogued({ copies: [copy('hetzner'), copy('local', false)] })]);
    expect(state).toMatchObject({ status: 'success', requestedAt: found.createdAt, request: { name: found.name } });
    expect(restorableCopies(state).map(({ storage }) => storage)).toEqual(['hetzner', 'local']);
  });

  it('has its copies in the order of the policy, however they were found', () => {
    const copies = [copy('zolder'), copy('hetzner'), copy('local', false)];
    const state = fold(backupDecider, [catalogued({ copies })]);
    expect(isEnded(state) && [...state.archived!.copies.keys()]).toEqual(['local', 'hetzner', 'zolder']);
  });

  it('is recorded once', () => {
    given(catalogued()).when(catalogue()).thenNothing();
  });
});

describe('a backup that the log knows', () => {
  it('is left to its run while that goes on', () => {
    for (let length = 1; length <= 3; length += 1) {
      given(...run.slice(0, length))
        .when(catalogue())
        .thenNothing();
    }
    expect(fold(backupDecider, [...run, catalogued()])).toEqual(fold(backupDecider, run));
  });

  it('is left alone where the log knows all of it', () => {
    given(...succeeded)
      .when(catalogue())
      .thenNothing();
    given(...succeeded)
      .when(catalogue({ copies: [copy('local', false)] }))
      .thenNothing();
  });

  it('gets a copy that the log takes for lost, and nothing else of what was found', () => {
    given(...partial)
      .when(catalogue())
      .then(catalogued({ copies: [copy('hetzner')], status: 'success' }));
    given(...partial)
      .when(catalogue({ copies: [copy('hetzner', false)] }))
      .then(catalogued({ copies: [copy('hetzner', false)], status: 'partial' }));
  });

  it('goes by its own policy, not by the one of today', () => {
    given(...partial)
      .when(catalogue({ policy: aPolicy({ copies: ['local', 'hetzner', 'zolder'] }) }))
      .then(
        catalogued({
          copies: [copy('hetzner')],
          policy: aPolicy({ copies: ['local', 'hetzner', 'zolder'] }),
          status: 'success',
        }),
      );
  });

  it('follows a copy that was moved', () => {
    const moved = [copy('local', true, archivePath)];
    given(...succeeded)
      .when(catalogue({ copies: moved }))
      .then(catalogued({ copies: moved }));
    const state = fold(backupDecider, [...succeeded, catalogued({ copies: moved })]);
    expect(restorableCopies(state)).toEqual([
      { storage: 'local', path: archivePath, verified: true },
      { storage: 'hetzner', path, verified: true },
    ]);
  });

  it('keeps the verified copy while another one lies in the same storage', () => {
    given(...succeeded)
      .when(catalogue({ copies: [copy('local', false), copy('local', false, archivePath)] }))
      .thenNothing();
    given(...succeeded)
      .when(catalogue({ copies: [copy('local'), copy('local', true, archivePath)] }))
      .thenNothing();
  });

  it('does not trust a copy again that was read back broken, until it was read back whole', () => {
    const broken = [...run, localBroken, ...offsite, aBackupEvent('BackupCompleted', { status: 'partial' })];
    given(...broken)
      .when(catalogue({ copies: [copy('local', false)] }))
      .thenNothing();
    given(...broken)
      .when(catalogue({ copies: [copy('local')] }))
      .then(catalogued({ copies: [copy('local')] }));
    given(...broken)
      .when(catalogue({ copies: [copy('local', false), copy('local', false, archivePath)] }))
      .then(catalogued({ copies: [copy('local', false, archivePath)], status: 'partial' }));
  });

  it('is one after all where its run failed before it could say so', () => {
    const failed = [...run.slice(0, 2), aBackupEvent('BackupFailed')];
    given(...failed)
      .when(catalogue())
      .then(catalogued());
    expect(fold(backupDecider, [...failed, catalogued()])).toMatchObject({ status: 'success' });
  });

  it('is refused where another archive lies under its name', () => {
    given(...succeeded)
      .when(catalogue({ archive: { ...found.archive, sha256: 'c'.repeat(64) } }))
      .thenRefused('OTHER_ARCHIVE');
  });
});

describe('whatever is found of whatever the log knows', () => {
  const anyHistory = fc.constantFrom<readonly BackupEvent[]>(
    [],
    [...succeeded],
    [...partial],
    [...run, localBroken, uploadFailed, aBackupEvent('BackupFailed', { stage: 'verify' })],
    [aBackupEvent('BackupRequested'), aBackupEvent('BackupFailed', { stage: 'request' })],
  );
  const anyCopy = fc
    .tuple(fc.constantFrom('local', 'hetzner', 'zolder'), fc.boolean(), fc.constantFrom(path, archivePath))
    .map((args) => copy(...args));

  it('is recorded once, and never costs a verified copy that is still there', () => {
    fc.assert(
      fc.property(anyHistory, fc.array(anyCopy, { minLength: 1, maxLength: 5 }), (history, copies) => {
        const before = fold(backupDecider, history);
        const decision = backupDecider.decide(catalogue({ copies }), before);
        if (decision.kind !== 'event') return;
        const after = backupDecider.evolve(before, decision.event);
        expect(backupDecider.decide(catalogue({ copies }), after).kind).toBe('nothing');
        const held = restorableCopies(after);
        for (const { storage, path: place, verified } of restorableCopies(before)) {
          if (!verified || !copies.some((one) => one.storage === storage && one.path === place)) continue;
          expect(held).toContainEqual({ storage, path: place, verified: true });
        }
      }),
    );
  });
});
