import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { archivePath, checksumPath, hotArchivePath } from '../naming.js';
import {
  compareStorage,
  nameIn,
  strayFiles,
  type ListedFile,
  type LoggedCopy,
  type StorageView,
} from './compare-storage.js';

const project = 'shop';
const now = '2026-01-21T02:00:00.000Z';
const nameOf = (day: number): string => `2025-11-${String(day).padStart(2, '0')}-03-00-00-${project}`;
const file = (path: string, size = 100): ListedFile => ({ path, size, partial: path.endsWith('.part') });
const hot = (day: number): string => hotArchivePath(project, nameOf(day));
const archived = (day: number): string => archivePath(project, nameOf(day));
const withChecksum = (path: string, size = 100): ListedFile[] => [file(path, size), file(checksumPath(path), 90)];
const copy = (day: number, changes: Partial<LoggedCopy> = {}): LoggedCopy => ({
  backupId: `id-${day}`,
  project,
  name: nameOf(day),
  path: hot(day),
  size: 100,
  sha256: 'a'.repeat(64),
  state: 'verified',
  at: '2025-11-30T02:00:00.000Z',
  isOurs: true,
  ...changes,
});
const compare = (files: ListedFile[], copies: LoggedCopy[], view: Partial<StorageView> = {}) =>
  compareStorage({ files, copies, underWay: new Set(), now, ...view });
const paths = (files: readonly { path: string }[]): string[] => files.map(({ path }) => path);
const names = (copies: readonly LoggedCopy[]): string[] => copies.map(({ name }) => name);

describe('a storage that is compared with the log', () => {
  it('has nothing to tell where each copy lies at its place with its checksum', () => {
    const { compared, present, usage, ...findings } = compare(
      [...withChecksum(hot(1)), ...withChecksum(archived(2))],
      [copy(1), copy(2, { path: archived(2) })],
    );
    expect([names(compared), names(present)]).toEqual([
      [nameOf(1), nameOf(2)],
      [nameOf(1), nameOf(2)],
    ]);
    expect(Object.values(findings).flat()).toEqual([]);
    expect(usage).toEqual([
      { project, tier: 'archive', files: 2, bytes: 190 },
      { project, tier: 'hot', files: 2, bytes: 190 },
    ]);
  });

  it('tells a copy that is missing, one of the wrong size, and an archive without its checksum', () => {
    const found = compare([...withChecksum(hot(2), 99), file(hot(3))], [copy(1), copy(2), copy(3)]);
    expect(names(found.missing)).toEqual([nameOf(1)]);
    expect(found.wrongSize).toEqual([{ copy: copy(2), found: 99 }]);
    expect(names(found.withoutChecksum)).toEqual([nameOf(3)]);
    expect(found.unknown).toEqual([]);
  });

  it('takes no folder, link or device for a copy', () => {
    const found = compare(
      [
        { ...file(hot(1)), type: 'other' },
        { ...file(hot(2)), type: 'folder' },
      ],
      [copy(1), copy(2)],
    );
    expect(names(found.missing)).toEqual([nameOf(1), nameOf(2)]);
  });

  it('finds a copy at its other place, in both directions, where it has the right size', () => {
    const away = [copy(1), copy(2, { path: archived(2) }), copy(3)];
    const found = compare([...withChecksum(archived(1)), ...withChecksum(hot(2)), file(archived(3), 5)], away);
    expect(found.elsewhere.map(({ copy: { name }, path }) => [name, path])).toEqual([
      [nameOf(1), archived(1)],
      [nameOf(2), hot(2)],
    ]);
    expect(names(found.missing)).toEqual([nameOf(3)]);
    expect(paths(found.unknown)).toEqual([archived(3)]);
  });

  it('tells what the log knows nothing of, and what an upload has left', () => {
    const strays = ['readme.txt', 'shop/hot/notes.txt', hot(9), checksumPath(hot(8)), `${hot(1)}.damaged-1234`];
    const parts = [`${hot(1)}.id-1.part`, `${checksumPath(hot(1))}.id-1.part`, `${hot(1)}.repair.part`];
    const found = compare([...withChecksum(hot(1)), ...[...strays, ...parts].map((path) => file(path))], [copy(1)]);
    expect(paths(found.unknown)).toEqual(strays);
    expect(paths(found.leftParts)).toEqual(parts);
  });

  it('leaves alone what lies there for a backup that is under way', () => {
    const files = [`${hot(1)}.id-1.part`, `${checksumPath(hot(1))}.id-1.part`, hot(1), checksumPath(hot(1))];
    const found = compare(
      files.map((path) => file(path)),
      [],
      { underWay: new Set([nameOf(1)]) },
    );
    expect([found.unknown, found.leftParts]).toEqual([[], []]);
  });

  it('tells of a deleted copy that is there, and of a deletion only once that takes long', () => {
    const removing = (at: string) => copy(2, { state: 'removing', at });
    const files = [...withChecksum(hot(1)), ...withChecksum(hot(2))];
    const found = compare(files, [copy(1, { state: 'removed' }), removing('2026-01-21T01:30:00.000Z')]);
    expect([names(found.undeleted), found.unknown, found.compared]).toEqual([[nameOf(1)], [], []]);
    expect(names(compare(files, [removing('2026-01-20T01:30:00.000Z')]).undeleted)).toEqual([nameOf(2)]);
    expect(compare([], [copy(1, { state: 'removed' }), removing('2026-01-20T01:30:00.000Z')]).undeleted).toEqual([]);
  });

  it('answers for the copies of its own machine only, and knows those of the others', () => {
    const found = compare(withChecksum(hot(1)), [copy(1, { isOurs: false }), copy(2, { isOurs: false })]);
    expect([found.compared, found.missing, found.unknown]).toEqual([[], [], []]);
  });

  it('puts each copy into one class, and each file that is no copy into at most one', () => {
    const somePath = fc.constantFrom(
      ...[1, 2, 3].flatMap((day) => [hot(day), archived(day), `${hot(day)}.x.part`, `x${day}`]),
    );
    const someFile = fc.record({ path: somePath, size: fc.constantFrom(99, 100) });
    const someCopy = fc.record({
      day: fc.constantFrom(1, 2, 3),
      isHot: fc.boolean(),
      state: fc.constantFrom('present' as const, 'verified' as const, 'failed' as const, 'removed' as const),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(someFile, { selector: ({ path }) => path }),
        fc.uniqueArray(someCopy, { selector: ({ day }) => day }),
        (listed, logged) => {
          const files = listed.map(({ path, size }) => file(path, size));
          const copies = logged.map(({ day, isHot, state }) =>
            copy(day, { state, path: isHot ? hot(day) : archived(day) }),
          );
          const found = compare(files, copies);
          const classes = [
            ...found.present,
            ...found.missing,
            ...found.wrongSize.map((each) => each.copy),
            ...found.elsewhere.map((each) => each.copy),
          ];
          expect(names(classes).sort()).toEqual(names(found.compared).sort());
          expect(found.compared).toHaveLength(copies.filter(({ state }) => state !== 'removed').length);
          const strays = [...paths(found.unknown), ...paths(found.leftParts)];
          expect(new Set(strays).size).toBe(strays.length);
          for (const { path } of found.present) expect(strays).not.toContain(path);
        },
      ),
    );
  });
});

describe('names of whoever may write there', () => {
  it('are made printable, cut and limited in number', () => {
    const nasty = 'shop/hot/\u001b[2J\nname\u202egpj.zip';
    const { examples, ...sums } = strayFiles([
      file(nasty, 7),
      file('x'.repeat(5000), 1),
      ...Array.from({ length: 50 }, (_, i) => file(`f${i}`, 1)),
    ]);
    expect(sums).toEqual({ files: 52, bytes: 58 });
    expect(examples).toHaveLength(20);
    expect(examples[0]).toBe('shop/hot/\\x1b[2J\\nname\\u202egpj.zip');
    expect(examples[1]!.length).toBeLessThan(400);
    expect(compare([file('ev\u001bil/hot/x')], []).usage[0]?.project).toBe('ev\\x1bil');
  });

  it('name a backup only where they are those of an archive, its checksum, or an upload of these', () => {
    for (const path of [hot(1), checksumPath(archived(1)), `${hot(1)}.0b5c.part`, `${checksumPath(hot(1))}.a-1.part`])
      expect(nameIn(path)).toBe(nameOf(1));
    for (const path of ['readme', 'shop/hot/x.zip.part', `${hot(1)}.damaged-1`, `other/hot/${nameOf(1)}.zip`])
      expect(nameIn(path)).toBeUndefined();
  });
});
