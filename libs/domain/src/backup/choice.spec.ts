import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../decider.js';
import { aBackupEvent } from '../testing/events.js';
import { BackupChooser, type BackupCriterion } from './choice.js';
import { backupDecider } from './decider.js';
import type { BackupEvent } from './events.js';

const begun = [aBackupEvent('BackupRequested'), aBackupEvent('BackupStarted'), aBackupEvent('ArchiveCreated')] as const;
const good = [
  ...begun,
  aBackupEvent('Verified', { storage: 'local' }),
  aBackupEvent('Uploaded'),
  aBackupEvent('Verified', { storage: 'hetzner' }),
  aBackupEvent('BackupCompleted'),
] as const;
const rotten = [
  ...good,
  aBackupEvent('VerificationFailed', { storage: 'local' }),
  aBackupEvent('VerificationFailed', { storage: 'hetzner' }),
] as const;
const [requested, ...rest] = good;
const safety = [aBackupEvent('BackupRequested', { ...requested.data, trigger: 'safety' }), ...rest];

/** Offers the matching backups, newest first, as the holder of the log does. @returns the choice, or the refusal's message */
function choose(backups: Readonly<Record<string, readonly BackupEvent[]>>, criterion: BackupCriterion) {
  const all = Object.keys(backups).sort().reverse();
  const isWanted = (time: string): boolean =>
    criterion.kind === 'latest' || (criterion.kind === 'name' ? time === criterion.name : time <= `${criterion.date}~`);
  const chooser = new BackupChooser({ project: 'havunadmin', criterion, timezone: 'Europe/Amsterdam' });
  for (const time of all.filter(isWanted)) {
    const choice = chooser.look({ name: `${time}-havunadmin`, id: time }, fold(backupDecider, backups[time]!));
    if (choice?.kind === 'found') return { id: choice.backup.id, because: choice.because };
  }
  const [newest, oldest] = [all[0], all.at(-1)].map((time) => `${time!}-havunadmin`);
  const none = chooser.none(all.length === 0 ? undefined : { oldest: oldest!, newest: newest! });
  return none.kind === 'none' ? none.refusal : undefined;
}

describe('the backup that is chosen', () => {
  it('is not one whose copies were found damaged after its run had ended well', () => {
    const chosen = choose({ '2025-11-20-03-00-00': good, '2025-11-21-03-00-00': rotten }, { kind: 'latest' });
    expect(chosen).toEqual({
      id: '2025-11-20-03-00-00',
      because: 'the newest backup that can be restored; passed over: 2025-11-21-03-00-00-havunadmin (failed)',
    });
  });

  it('is one that a restore made for safety only where that is named', () => {
    const backups = { '2025-11-20-03-00-00': good, '2025-11-21-03-00-00': safety };
    expect(choose(backups, { kind: 'latest' })).toMatchObject({ id: '2025-11-20-03-00-00' });
    expect(choose(backups, { kind: 'name', name: '2025-11-21-03-00-00' })).toMatchObject({
      id: '2025-11-21-03-00-00',
    });
  });

  it('is none where none fits, and the refusal says what there is', () => {
    const backups = { '2025-11-20-03-00-00': good, '2025-11-21-03-00-00': good };
    expect(choose(backups, { kind: 'date', date: '2025-11-19' })).toMatchObject({
      code: 'NO_RESTORABLE_BACKUP',
      message: expect.stringContaining(
        'at or before 2025-11-19 that can be restored. The oldest is 2025-11-20-03-00-00-havunadmin, the newest 2025-11-21',
      ),
    });
    expect(choose({}, { kind: 'latest' })).toMatchObject({ code: 'NO_RESTORABLE_BACKUP' });
  });

  it('is the newest good one up to the day', () => {
    const days = fc.uniqueArray(fc.integer({ min: 10, max: 28 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(days, fc.integer({ min: 10, max: 28 }), fc.func(fc.boolean()), (all, until, isGood) => {
        const time = (day: number) => `2025-11-${day}-03-00-00`;
        const backups = Object.fromEntries(all.map((day) => [time(day), isGood(day) ? good : rotten]));
        const wanted = all.filter((day) => day <= until && isGood(day)).sort((a, b) => b - a)[0];
        const chosen = choose(backups, { kind: 'date', date: `2025-11-${until}` });
        expect(chosen).toMatchObject(wanted === undefined ? { code: 'NO_RESTORABLE_BACKUP' } : { id: time(wanted) });
      }),
    );
  });
});
