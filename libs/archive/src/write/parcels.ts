/**
 * Turns entries into work for threads: small entries are gathered until a slot is full, a longer one is cut into blocks. The
 * sources are read one after another, in the archive's order; parcels come out in that order, while their packing is under way.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sourceError } from '../archive-error.js';
import { haltable, type Halt } from '../flow/halt.js';
import type { Handoff } from '../flow/handoff.js';
import { BLOCK_BYTES, WINDOW_BYTES } from '../pack/compress.js';
import type { Packed, PackJob, PlainEntry } from '../pack/pack.js';
import { ENTRY_OVERHEAD_BYTES, OUT_ROOM_BYTES, type Slot } from '../pack/slot.js';
import type { ThreadPool } from '@havun/threads';
import type { ArchiveEntry } from '../types.js';
import type { SlotPool } from './slot-pool.js';
import { SourceChunks } from './source-chunks.js';

/** Several small entries, each whole. */
export interface EntriesParcel {
  kind: 'entries';
  entries: { entry: ArchiveEntry; plain: PlainEntry }[];
  slot: Slot;
  packed: Promise<Packed>;
}

/** Part of an entry longer than a block. */
export interface BlockParcel {
  kind: 'block';
  entry: ArchiveEntry;
  first: boolean;
  /** Of the whole entry; present with its last block. */
  end?: { crc: number; sha256: string };
  /** Bytes of plaintext. */
  length: number;
  slot: Slot;
  packed: Promise<Packed>;
}

export type Parcel = EntriesParcel | BlockParcel;

export interface ParcelContext {
  halt: Halt;
  slots: SlotPool;
  pool: ThreadPool<PackJob, Packed>;
  level: number;
  password: string | undefined;
}

type FileEntry = Extract<ArchiveEntry, { type: 'file' }>;

/** With more, one thread would work while the others have nothing to do. */
const ENTRIES_AT_ONCE = 64;
/** Work smaller than this does not start a thread. */
const LIGHT_ENTRIES = 12;
const LIGHT_BYTES = 64 * 1024;

export class Parcels {
  private slot: Slot | undefined;
  private gathered: EntriesParcel['entries'] = [];
  /** Bytes used of the slot's plaintext, and of its room for the result. */
  private filled = 0;
  private reserved = 0;
  /** The end of the block before, copied: that block's own memory may be reused by now. */
  private readonly window = Buffer.allocUnsafe(WINDOW_BYTES);

  constructor(
    private readonly context: ParcelContext,
    private readonly out: Handoff<Parcel>,
  ) {}

  async add(entry: ArchiveEntry): Promise<void> {
    const { password } = this.context;
    const plain: PlainEntry = {
      type: entry.type,
      name: entry.type === 'directory' ? `${entry.name}/` : entry.name,
      mode: entry.mode,
      mtime: entry.mtime,
      // The target of a link is not encrypted, just as names are not: bsdtar reads it with the header and would stop listing the
      // archive there.
      encrypted: password !== undefined && entry.type === 'file',
      length: 0,
    };
    try {
      if (entry.type === 'file') await this.addFile(entry, plain);
      else await this.addContent(entry, plain, Buffer.from(entry.type === 'symlink' ? entry.target : ''));
    } catch (error) {
      throw sourceError(error, entry.name);
    }
  }

  /** Sends off the gathered entries. */
  flush(): void {
    const { slot, gathered } = this;
    if (!slot || gathered.length === 0) return;
    const { level, password } = this.context;
    const entries = gathered.map(({ plain }) => plain);
    const light = entries.length <= LIGHT_ENTRIES && this.filled <= LIGHT_BYTES;
    const job = { memory: slot.memory, level, entries, ...(password !== undefined && { password }) };
    this.out.push({ kind: 'entries', entries: gathered, slot, packed: this.pack(job, light) });
    this.slot = undefined;
    this.gathered = [];
    this.filled = this.reserved = 0;
  }

  private async addContent(entry: ArchiveEntry, plain: PlainEntry, content: Buffer): Promise<void> {
    const slot = await this.slotFor(plain, content.length);
    slot.plain(this.filled).set(content);
    this.gather(entry, plain, content.length);
  }

  private async addFile(entry: FileEntry, plain: PlainEntry): Promise<void> {
    const source = new SourceChunks(haltable(entry.open(), this.context.halt));
    try {
      const slot = await this.slotFor(plain, Math.min(entry.sizeHint ?? BLOCK_BYTES, BLOCK_BYTES));
      const room = Math.min(BLOCK_BYTES - this.filled, OUT_ROOM_BYTES - this.reserved - overheadOf(plain));
      const length = await source.fill(slot.plain(this.filled, room));
      if (await source.hasMore()) await this.moveOn(entry, plain, source, length);
      else this.gather(entry, plain, length);
    } catch (error) {
      await source.close().catch(() => undefined);
      throw error;
    }
  }

  /** The entry is longer than the room that was left: continues it in a slot of its own. `length` bytes were read already. */
  private async moveOn(entry: FileEntry, plain: PlainEntry, source: SourceChunks, length: number): Promise<void> {
    if (this.gathered.length > 0) {
      const begun = this.slot?.plain(this.filled, length);
      const slot = await this.takeSlot();
      if (begun) slot.plain().set(begun);
      this.flush();
      this.slot = slot;
      length += await source.fill(slot.plain(length));
    }
    if (await source.hasMore()) await this.addBlocks(entry, plain, source);
    else this.gather(entry, plain, length);
  }

  /** The slot holds the first block, and nothing else. */
  private async addBlocks(entry: FileEntry, plain: PlainEntry, source: SourceChunks): Promise<void> {
    const hash = createHash('sha256');
    let crc = 0;
    let [slot, length, before] = [this.slot ?? (await this.takeSlot()), BLOCK_BYTES, 0];
    this.slot = undefined;
    for (let first = true; ; first = false) {
      const data = slot.plain(0, length);
      hash.update(data);
      if (!plain.encrypted) crc = crc32(data, crc);
      const last = !(await source.hasMore());
      const job = { memory: slot.memory, level: this.context.level, block: { before, length, last } };
      if (!last) this.window.set(data.subarray(-WINDOW_BYTES));
      const end = last ? { end: { crc, sha256: hash.digest('hex') } } : {};
      this.out.push({ kind: 'block', entry, first, length, slot, packed: this.pack(job), ...end });
      if (last) return;
      const next = await this.takeSlot();
      before = WINDOW_BYTES;
      next.before(before).set(this.window);
      [slot, length] = [next, await source.fill(next.plain())];
    }
  }

  /** The slot that is being filled, if it has this many bytes left, else a fresh one. */
  private async slotFor(plain: PlainEntry, length: number): Promise<Slot> {
    const fits =
      this.gathered.length < ENTRIES_AT_ONCE &&
      this.filled + length <= BLOCK_BYTES &&
      this.reserved + overheadOf(plain) + length <= OUT_ROOM_BYTES;
    if (!fits) this.flush();
    return (this.slot ??= await this.takeSlot());
  }

  private gather(entry: ArchiveEntry, plain: PlainEntry, length: number): void {
    plain.length = length;
    this.gathered.push({ entry, plain });
    this.filled += length;
    this.reserved += overheadOf(plain) + length;
  }

  private takeSlot(): Promise<Slot> {
    const { halt, slots } = this.context;
    return halt.race(slots.take());
  }

  private pack(job: PackJob, light = false): Promise<Packed> {
    const packed = this.context.pool.run(job, light);
    // A rejection is handled when its turn to be written comes.
    packed.catch(() => undefined);
    return packed;
  }
}

const overheadOf = ({ name }: PlainEntry): number => Buffer.byteLength(name) + ENTRY_OVERHEAD_BYTES;
