/**
 * Just enough of an assembler for WebAssembly with SIMD (https://webassembly.github.io/spec/core/binary/): functions over
 * v128 and i32 in one module with one page of memory. Instructions are byte sequences, put together like expressions.
 */
export type Code = readonly number[];

export const V128 = 0x7b;
export const I32 = 0x7f;

const unsigned = (value: number): Code =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];

const signed = (value: number): Code =>
  value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Alignment is only a hint. */
const memory = (offset: number): Code => [0, ...unsigned(offset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const call = (index: number): Code => [0x10, ...unsigned(index)];
/** Repeats `body` while the i32 that it leaves is not 0. */
export const repeat = (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const addI32 = (a: Code, b: Code): Code => [...a, ...b, 0x6a];

/** Four lanes of 32 bits. */
export const splat = (value: number): Code => [...i32(value), ...simd(0x11)];
export const lanes = (values: readonly number[]): Code => {
  const bytes = Buffer.alloc(16);
  values.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, i * 4));
  return [...simd(0x0c), ...bytes];
};
export const load = (address: Code, offset: number): Code => [...address, ...simd(0x00), ...memory(offset)];
export const loadSplat = (address: Code, offset: number): Code => [...address, ...simd(0x09), ...memory(offset)];
export const storeLane = (address: Code, value: Code, offset: number, lane: number): Code => [
  ...address,
  ...value,
  ...simd(0x5a),
  ...memory(offset),
  lane,
];
/** Picks 16 bytes of the value by index. */
export const shuffle = (value: Code, bytes: readonly number[]): Code => [...value, ...value, ...simd(0x0d), ...bytes];
export const splatLane = (value: Code, lane: number): Code =>
  shuffle(
    value,
    Array.from({ length: 16 }, (_, i) => lane * 4 + (i % 4)),
  );

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(opcode)];
export const and = binary(0x4e);
export const or = binary(0x50);
export const xor = binary(0x51);
export const add = binary(0xae);
export const rotateLeft = (local: number, bits: number): Code =>
  or([...get(local), ...i32(bits), ...simd(0xab)], [...get(local), ...i32(32 - bits), ...simd(0xad)]);

export interface WasmFunction {
  parameters: readonly number[];
  results: readonly number[];
  /** Locals after the parameters: the v128s first, then the i32s. */
  v128Locals: number;
  i32Locals: number;
  body: Code;
  export?: string;
}

const text = (value: string): Code => vector([...Buffer.from(value)].map((byte) => [byte]));
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const types = (list: readonly number[]): Code => vector(list.map((type) => [type]));

const codeOf = ({ v128Locals, i32Locals, body }: WasmFunction): Code => {
  const locals = vector([
    [...unsigned(v128Locals), V128],
    [...unsigned(i32Locals), I32],
  ]);
  return [...unsigned(locals.length + body.length + 1), ...locals, ...body, 0x0b];
};

/** The binary module. Its memory, one page of 64 KiB, is exported as `memory`. */
export const assemble = (functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> => {
  const exported = functions.flatMap(({ export: name }, i) => (name === undefined ? [] : [{ name, i }]));
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(functions.map((fn) => [0x60, ...types(fn.parameters), ...types(fn.results)]))),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(5, vector([[0, 1]])),
    ...section(
      7,
      vector([[...text('memory'), 2, 0], ...exported.map(({ name, i }) => [...text(name), 0, ...unsigned(i)])]),
    ),
    ...section(10, vector(functions.map(codeOf))),
  ]);
};
