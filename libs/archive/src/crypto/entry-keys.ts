/**
 * Derives keys for many entries, in the thread that needs them. SIMD lanes derive them at a third of OpenSSL's cost. They are
 * compared with OpenSSL first; where they disagree or can't run, OpenSSL derives every key.
 */
import { pbkdf2Sync } from 'node:crypto';
import { LANES_LAYOUT, LANES_RESULT_BYTES, lanesKey, lanesModule } from './pbkdf2-lanes.js';
import { freshSalt, ITERATIONS, KEY_MATERIAL_BYTES, keysFrom, type EntryKeys } from './winzip-aes.js';

type Derive = (salt: Uint8Array) => Buffer;

const withOpenSsl =
  (password: string): Derive =>
  (salt) =>
    pbkdf2Sync(password, salt, ITERATIONS, KEY_MATERIAL_BYTES, 'sha1');

/** Node has WebAssembly, but its types are declared only in the browser's library. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** Made once per thread, as making it takes as long as deriving some hundred keys (ADR 0018). */
let ownModule: object | undefined;

const withLanes = (password: string, module: object): Derive => {
  const { memory, derive } = new WebAssembly.Instance(module).exports as {
    memory: { buffer: ArrayBuffer };
    derive: (count: number) => void;
  };
  const bytes = Buffer.from(memory.buffer);
  bytes.set(lanesKey(password), LANES_LAYOUT.key);
  return (salt) => {
    bytes.set(salt, LANES_LAYOUT.salts);
    derive(1);
    return Buffer.from(bytes.subarray(LANES_LAYOUT.results, LANES_LAYOUT.results + LANES_RESULT_BYTES));
  };
};

/** A wrongly derived key would make an entry that nobody can read. */
const isProven = (lanes: Derive, openSsl: Derive): boolean => {
  const salt = freshSalt();
  return openSsl(salt).equals(lanes(salt).subarray(0, KEY_MATERIAL_BYTES));
};

const fastest = (password: string, bytes: Uint8Array<ArrayBuffer> | undefined): { derive: Derive; lanes: boolean } => {
  const openSsl = withOpenSsl(password);
  try {
    const module = bytes
      ? new WebAssembly.Module(bytes)
      : (ownModule ??= new WebAssembly.Module(lanesModule(ITERATIONS)));
    const lanes = withLanes(password, module);
    if (isProven(lanes, openSsl)) return { derive: lanes, lanes: true };
  } catch {
    // No WebAssembly with SIMD on this machine.
  }
  return { derive: openSsl, lanes: false };
};

/** The keys of one archive's entries. */
export class EntryKeyring {
  /** Whether the SIMD lanes derive the keys, rather than OpenSSL. */
  readonly lanes: boolean;
  private readonly deriveMaterial: Derive;

  /** `module`: used instead of `lanesModule`. */
  constructor(
    readonly password: string,
    module?: Uint8Array<ArrayBuffer>,
  ) {
    const { derive, lanes } = fastest(password, module);
    this.deriveMaterial = derive;
    this.lanes = lanes;
  }

  derive(salt: Buffer): EntryKeys {
    return keysFrom(salt, this.deriveMaterial(salt));
  }
}

let latest: EntryKeyring | undefined;

/** The keyring of a password; a new one is made only when the password changes. */
export const keyringOf = (password: string): EntryKeyring => {
  if (latest?.password !== password) latest = new EntryKeyring(password);
  return latest;
};
