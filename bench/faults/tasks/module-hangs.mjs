// The timer keeps the worker alive: without it Node would end it with exit code 13.
await new Promise((resolve) => setTimeout(resolve, 600_000));

export function hold() {}
