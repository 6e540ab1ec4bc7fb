/** Defects that are planted into the built algorithm of `SharedMap`. */
import { mapFolder } from "./map-modules.js";
import type { Mutant } from "./mutants.js";

const defects: readonly Omit<Mutant, "folder">[] = [
  {
    defect: "an entry is linked before its content is there",
    file: "table",
    find: "const poke = (offset",
    put: "section.commit(); const poke = (offset",
    foundBy: "map: who dies while it inserts",
  },
  {
    defect: "a value is read without the section",
    file: "table",
    find: "get(key, hash, into) {\n        return this.#section.within(",
    put: "get(key, hash, into) { const bare = { within: (body) => body() }; return bare.within(",
    foundBy: "map: who dies while it replaces a long value",
  },
  {
    defect: "a value is written over the one before",
    file: "table",
    find: "section.set(this.#at(entry) + chainAt, this.#store(key, value));",
    put: "{ this.#chains.write(old, 0, key.words, keySize); this.#chains.write(old, keySize, value.words, value.size); section.set(this.#at(entry) + chainAt, this.#store(key, value)); }",
    foundBy: "map: who dies while it replaces a long value",
  },
  {
    defect: "the kind of a value changes before the value does",
    file: "table",
    find: "set(kindsAt, kindsOf(key.kind, value.kind));",
    put: "set(kindsAt, kindsOf(key.kind, value.kind)); section.commit();",
    foundBy: "map: who dies while it replaces a number",
  },
  {
    defect: "the two halves of a number are changed one by one",
    file: "table",
    find: "set(valueLowAt, value.low);",
    put: "set(valueLowAt, value.low); section.commit();",
    foundBy: "map: a thread that dies while it adds",
  },
  {
    defect: "the size is changed after the entry is there",
    file: "table",
    find: "section.set(sizeWord, section.get(sizeWord) + 1);",
    put: "section.commit(); section.set(sizeWord, section.get(sizeWord) + 1);",
    foundBy: "map: who dies while it inserts",
  },
  {
    defect: "the link of a free entry is written over before it is taken",
    file: "table",
    find: "this.#setNext(entry, section.get(this.#bucket) - 1);",
    put: "this.#atomics.poke(this.#words, this.#at(entry) + nextAt, section.get(this.#bucket) - 2 - entry);",
    foundBy: "map: who dies while it inserts",
  },
  {
    defect: "blocks are free before their entry is gone",
    file: "table",
    find: "this.#chains.give(this.#field(entry, chainAt), size);",
    put: "{ const planned = section.get(this.#bucket); this.#chains.give(this.#field(entry, chainAt), size); section.set(this.#bucket, this.#atomics.peek(this.#words, this.#bucket)); section.commit(); section.set(this.#bucket, planned); }",
    foundBy: "map: who dies while it removes",
  },
  {
    defect: "blocks of what is removed are not free",
    file: "table",
    find: "this.#chains.give(this.#field(entry, chainAt), size);",
    put: ";",
    foundBy: "map: an iteration",
  },
  {
    defect: "blocks that are given back are in the wrong order",
    file: "chains",
    find: "const last = this.#last(first, count);",
    put: "const last = first;",
    foundBy: "map: who dies while it replaces a long value",
  },
  {
    defect: "an entry leaves its bucket before it leaves the order",
    file: "table",
    find: "this.#recency?.unlink(entry);\n        section.commit();",
    put: "section.commit(); this.#recency?.unlink(entry); section.commit();",
    foundBy: "map: who dies while it makes room",
  },
  {
    defect: "an entry that was used is out of the order for a moment",
    file: "recency",
    find: "this.unlink(entry);\n        this.link(entry);",
    put: "this.unlink(entry); this.#section.commit();\n        this.link(entry);",
    foundBy: "map: who dies while it uses an entry",
  },
  {
    defect: "whether a key is absent is looked at in an earlier visit",
    file: "table",
    find: "return entry === none;",
    put: "return true;",
    foundBy: "map: one of two sets a key",
  },
  {
    defect: "what is added to was read in an earlier visit",
    file: "table",
    find: 'return this.#repeat(() => {\n            const entry = this.#find(key, hash);\n            before.setNumber(0);\n            if (entry !== none) {\n                if (valueKindOf(this.#field(entry, kindsAt)) !== numberKind)\n                    return "no number";\n                this.#readValue(entry, before);\n            }\n            this.#sum.setNumber(before.value + amount);',
    put: "before.setNumber(0); this.get(key, hash, before); this.#sum.setNumber(before.value + amount); return this.#repeat(() => { const entry = this.#find(key, hash);",
    foundBy: "map: three threads add",
  },
  {
    defect: "an iteration leaves a bucket in the middle",
    file: "table",
    find: "for (let bucket = from; bucket < this.#shape.buckets; bucket++, left--) {",
    put: `for (let bucket = from; bucket < this.#shape.buckets; bucket++, left--) {
      this.done ??= 0;
      let at = this.#section.get(bucketsStart + bucket) - 1;
      for (let i = 0; i < this.done && at !== none; i++) at = this.#next(at);
      if (at === none) { this.done = 0; continue; }
      const one = { key: new Content(0), value: new Content(0) };
      this.#readKey(at, one.key);
      into.push(one);
      this.done++;
      return bucket;`,
    foundBy: "map: an iteration",
  },
];

export const mapMutants: readonly Mutant[] = defects.map((each) => ({ ...each, folder: mapFolder }));
