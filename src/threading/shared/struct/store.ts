import type { PrimitiveData } from "../../sync/primitive.js";
import { environmentOf } from "../../sync/this-thread.js";
import { viewClassOf } from "../element-types.js";
import { type Field, layoutFor, type StructLayout } from "./fields.js";
import { TextCells } from "./text-cells.js";

/** What all threads have to know of structs. */
export interface StructDetails {
  readonly fields: readonly Field[];
  readonly count: number;
  /** Whether it is an array of structs. */
  readonly isArray: boolean;
  readonly lock: PrimitiveData | undefined;
}

/** In the place of a column: strings are read and written by `texts`. */
const nothing = new Float64Array(0);

/** The memory of a struct, or of an array of structs, in this thread. */
export class StructStore {
  readonly data: PrimitiveData;
  readonly details: StructDetails;
  readonly layout: StructLayout;
  /** A view for each field. */
  readonly columns: readonly Float64Array[];
  readonly integers = new Map<string, Int32Array>();
  readonly texts: TextCells | undefined;
  /** The struct or array that it belongs to, which has the lock. */
  owner: object = this;

  constructor(data: PrimitiveData) {
    this.data = data;
    this.details = data.details as StructDetails;
    const { fields, count } = this.details;
    this.layout = layoutFor(fields, count);
    const { memory } = data;
    this.columns = this.layout.columns.map(({ name, kind, type, length, offset }) => {
      if (kind === "string") return nothing;
      const view = viewClassOf(type) as Float64ArrayConstructor;
      const column = new view(memory, offset, count * length);
      if (kind === "number" && /^(big)?u?int\d+$/.test(type))
        this.integers.set(name, column as unknown as Int32Array);
      return column;
    });
    if (this.layout.hasText) this.texts = new TextCells(new Int32Array(memory), environmentOf(data.threads));
  }
}
