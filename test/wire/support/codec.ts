/** The codec, which no entry of the package exports. */
interface FrameMemory {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
}

interface ShapeTable {
  readonly size: number;
}

export interface ValueWriter {
  begin(shapes: ShapeTable): void;
  discard(): void;
  int(value: number): void;
  setInt(at: number, value: number): void;
  double(value: number): void;
  values(values: readonly unknown[]): boolean;
  value(value: unknown): boolean;
  readonly busy: boolean;
  readonly words: Int32Array;
  readonly wordCount: number;
  readonly bytes: Uint8Array;
  readonly byteCount: number;
}

export interface ValueReader {
  begin(memory: FrameMemory, word: number, wordCount: number, byte: number, byteEnd?: number): void;
  int(): number;
  double(): number;
  value(): unknown;
}

interface Codec {
  readonly ValueWriter: new () => ValueWriter;
  readonly ValueReader: new (shapes: object) => ValueReader;
  readonly ShapeTable: new () => ShapeTable;
  readonly ReadShapes: new () => object;
  readonly PackedReader: new (packed: ArrayBuffer) => { next(): unknown };
  frameMemory(buffer: ArrayBufferLike): FrameMemory;
  packValues(values: readonly unknown[], from: number, to: number): { packed: ArrayBuffer; count: number };
}

const folder = new URL("../wire/codec/", import.meta.resolve("ungil"));
const parts = await Promise.all(
  ["frame-memory", "pack", "shapes", "value-reader", "value-writer"].map(
    (name) => import(new URL(`${name}.js`, folder).href) as Promise<object>,
  ),
);

export const { ValueWriter, ValueReader, ShapeTable, ReadShapes, PackedReader, frameMemory, packValues } =
  Object.assign({}, ...parts) as Codec;

/** Where the codec's files are, for processes of a test's own. */
export const codecFolder = folder.href;

/** Both ends of a connection: what `writer` has written, `deliver` lays into shared memory for `reader`. */
export class Connection {
  readonly writer = new ValueWriter();
  readonly shapes = new ShapeTable();
  readonly reader = new ValueReader(new ReadShapes());

  begin(): void {
    this.writer.begin(this.shapes);
  }

  deliver(): void {
    const { words, wordCount, bytes, byteCount } = this.writer;
    // apart from the start, so that nothing depends on lying there
    const start = 6;
    const memory = frameMemory(new SharedArrayBuffer((start + wordCount) * 4 + byteCount + 8));
    memory.words.set(words.subarray(0, wordCount), start);
    memory.bytes.set(bytes.subarray(0, byteCount), (start + wordCount) * 4);
    const byte = (start + wordCount) * 4;
    this.reader.begin(memory, start, wordCount, byte, byte + byteCount);
  }
}

/** A value by a connection of its own; undefined where it is refused. */
export function byCodec(value: unknown): { arrived: unknown } | undefined {
  const connection = new Connection();
  connection.begin();
  if (!connection.writer.value(value)) return undefined;
  connection.deliver();
  return { arrived: connection.reader.value() };
}
