import { parseChecksum } from '@havun/archive';
import { checksumPath, type BackupEventData, type CatalogueBackup, type Failure } from '@havun/domain';
import { contentDifference, type Storages } from '@havun/storage';
import { readManifestFacts, type ManifestFacts } from './manifest-facts.js';
import type { Candidate, StoredFile } from './places.js';
import { problemOf, problems, type Problem, type Where } from './problem.js';
import { storedSource } from '@havun/restore';

export interface ExamineOptions {
  readonly storages: Storages;
  /** The passwords to try for the archives of a project; undefined for unencrypted ones. */
  readonly passwordsOf: (project: string) => readonly (string | undefined)[];
  /** Whether every byte of every copy is read back. */
  readonly verify: boolean;
}

/** What the storages alone tell about one backup. */
export interface Examined {
  readonly project: string;
  readonly name: string;
  /** Absent where nothing of it can be recorded. */
  readonly found?: Pick<CatalogueBackup, 'createdAt' | 'trigger' | 'archive' | 'copies'> & { readonly id: string };
  readonly problems: readonly Problem[];
  /** Copies of which every byte was read back, and that are what their checksums say. */
  readonly readBack: readonly BackupEventData<'Verified'>[];
  /** The SHA-256 in the checksum file beside each copy. */
  readonly claims: readonly { readonly storage: string; readonly path: string; readonly sha256: string }[];
  /** Copies that are not what was made. */
  readonly damaged: readonly (Failure & { readonly storage: string; readonly path: string })[];
}

/** A copy, and the content of its checksum file. */
interface Copy extends StoredFile {
  readonly sha256: string;
}

/** A checksum file is one line. */
const checksumBytes = 4096;

/** Pairs the copies of a backup with their checksums, reads its manifest once, and tells which copies can be recorded. */
export async function examine(candidate: Candidate, options: ExamineOptions): Promise<Examined> {
  const examination = new Examination(candidate, options);
  const found = await examination.run();
  const { project, name } = candidate;
  const { problems: wrong, readBack, damaged, claims } = examination;
  return { project, name, problems: wrong, readBack, damaged, claims, ...(found && { found }) };
}

class Examination {
  readonly problems: Problem[] = [];
  readonly readBack: Examined['readBack'][number][] = [];
  readonly damaged: Examined['damaged'][number][] = [];
  claims: Examined['claims'] = [];

  constructor(
    private readonly candidate: Candidate,
    private readonly options: ExamineOptions,
  ) {}

  async run(): Promise<Examined['found']> {
    const paired = await this.pair();
    this.claims = paired;
    const [first] = paired;
    if (!first) return undefined;
    if (paired.some(({ sha256 }) => sha256 !== first.sha256)) {
      this.copiesDiffer(paired);
      return undefined;
    }
    const right = this.options.verify ? await this.readBackAll(paired) : paired;
    const opened = await this.openNearest(right);
    if (!opened) return undefined;
    const { facts, usable } = opened;
    const copies = usable.filter((copy) => this.hasSize(copy, facts.archive.size));
    return {
      id: facts.id,
      createdAt: facts.createdAt,
      ...(facts.trigger !== undefined && { trigger: facts.trigger }),
      archive: { ...facts.archive, sha256: first.sha256 },
      copies: copies.map(({ storage, path }) => ({ storage, path, verified: this.options.verify })),
    };
  }

  private where({ storage, path }: Pick<StoredFile, 'storage' | 'path'>): Where {
    const { project, name: backup } = this.candidate;
    return { project, backup, storage, path };
  }

  /** The archives with a checksum beside them. An archive or checksum alone is a problem. */
  private async pair(): Promise<Copy[]> {
    const { archives, checksums } = this.candidate;
    const has = (files: readonly StoredFile[], storage: string, path: string): boolean =>
      files.some((file) => file.storage === storage && file.path === path);
    for (const file of checksums) {
      const archive = file.path.slice(0, -checksumPath('').length);
      if (!has(archives, file.storage, archive)) this.problems.push(problems.noArchive(this.where(file), file.path));
    }
    const copies: Copy[] = [];
    for (const file of archives) {
      if (!has(checksums, file.storage, checksumPath(file.path))) {
        this.problems.push(problems.noChecksum(this.where(file), file.path));
        continue;
      }
      const sha256 = await this.attempt(file, () => this.readChecksum(file));
      if (sha256 !== undefined) copies.push({ ...file, sha256 });
    }
    return copies;
  }

  private async readChecksum({ storage, path }: StoredFile): Promise<string> {
    const content = await this.options.storages.named(storage).readSmall(checksumPath(path), checksumBytes);
    return parseChecksum(path, Buffer.from(content).toString('utf8'));
  }

  private copiesDiffer(copies: readonly Copy[]): void {
    const { project, name: backup } = this.candidate;
    const said = copies.map(({ storage, path, sha256 }) => `${storage}: ${path} ${sha256}`);
    this.problems.push(problems.copiesDiffer({ project, backup }, said));
  }

  private async readBackAll(copies: readonly Copy[]): Promise<Copy[]> {
    const right: Copy[] = [];
    for (const copy of copies) {
      const { storage, path } = copy;
      const begun = performance.now();
      const digest = await this.attempt(copy, () => this.options.storages.named(storage).sha256(path));
      if (!digest) continue;
      const difference = contentDifference(digest, copy);
      if (difference !== undefined) {
        this.isDamaged(copy, problems.otherContent(this.where(copy), difference));
        continue;
      }
      right.push(copy);
      this.readBack.push({ ...digest, storage, path, durationMs: Math.round(performance.now() - begun) });
    }
    return right;
  }

  private isDamaged({ storage, path }: Copy, problem: Problem): void {
    this.problems.push(problem);
    this.damaged.push({ ...problem, storage, path });
  }

  /** The manifest of the first copy that opens, with that copy and those after it; the earlier ones can't be used. */
  private async openNearest(copies: readonly Copy[]): Promise<{ facts: ManifestFacts; usable: Copy[] } | undefined> {
    const { storages, passwordsOf } = this.options;
    const passwords = passwordsOf(this.candidate.project);
    for (const [index, copy] of copies.entries()) {
      const open = () => storedSource(storages.named(copy.storage), copy.path);
      const facts = await this.attempt(copy, () => readManifestFacts(open, passwords));
      if (facts) return this.isItsOwn(facts, copy) ? { facts, usable: copies.slice(index) } : undefined;
      // A copy with the same bytes would not open with that password either.
      if (this.problems.at(-1)?.code === 'WRONG_PASSWORD') return undefined;
    }
    return undefined;
  }

  private isItsOwn({ project, name }: ManifestFacts, copy: Copy): boolean {
    if (project === this.candidate.project && name === this.candidate.name) return true;
    this.problems.push(problems.foreignArchive(this.where(copy), `${name} of ${project}`));
    return false;
  }

  private hasSize(copy: Copy, expected: number): boolean {
    if (copy.size === expected) return true;
    this.isDamaged(copy, problems.otherSize(this.where(copy), copy.size, expected));
    return false;
  }

  private async attempt<T>(file: StoredFile, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.problems.push(problemOf(this.where(file), error));
      return undefined;
    }
  }
}
