// The allocator of the shared heap, and who holds its blocks; the rules are in src/numeric/memory/README.md.

export { heap_allocate, heap_extend, heap_top } from "./allocate";
export { heap_seat } from "./at-work";
export { heap_join, heap_join_begin, heap_join_only } from "./join";
export { heap_arrive, heap_expire, heap_messages, heap_send, heap_table, heap_table_bytes } from "./messages";
export {
  heap_free,
  heap_generation,
  heap_hold,
  heap_references,
  heap_release,
  heap_retain,
} from "./references";
export { heap_sweep, heap_used } from "./walks";
