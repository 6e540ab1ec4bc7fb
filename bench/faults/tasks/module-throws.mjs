export function hold() {}

throw new Error("the module fails at import");
