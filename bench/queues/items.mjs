// What goes through the queues, made anew for each item as programs do.
const text = "s".repeat(1024);

export const makers = {
  numbers: (i) => i,
  objects: (i) => ({ id: i, name: "item", ok: true }),
  texts: () => text,
};
