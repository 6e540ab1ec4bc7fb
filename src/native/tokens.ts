/**
 * The words and signs of a C declaration.
 *
 * @module
 */

/** A word or a sign, and where it stands. */
export interface Token {
  readonly text: string;
  /** From 0. */
  readonly at: number;
}

/** What is wrong with a declaration, and where; without the text that it is in. */
export class DeclarationFault extends Error {}

const pattern = /\s*(?:([A-Za-z_]\w*|\d+|\.\.\.|[*(),;[\]])|(\S))/gy;

/** @throws DeclarationFault for a sign that no declaration has. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [all, token, other] = match;
    const at = match.index + all.length - (token ?? other ?? "").length;
    if (token === undefined) throw new DeclarationFault(`unexpected ${other} at column ${at + 1}`);
    tokens.push({ text: token, at });
  }
  return tokens;
}

/** Reads tokens one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  /** The token that comes next, or one behind it; empty at the end. */
  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.text ?? "";
  }

  next(): string {
    const text = this.peek();
    this.#at++;
    return text;
  }

  /** Takes a token if it is the given one. */
  take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#at++;
    return true;
  }

  expect(text: string, where: string): void {
    if (!this.take(text)) throw this.fault(`expected ${text} ${where}`);
  }

  get isWord(): boolean {
    return /^[A-Za-z_]/.test(this.peek());
  }

  /** What is wrong at the token that comes next. */
  fault(what: string): DeclarationFault {
    const token = this.#tokens[this.#at];
    const place = token ? `column ${token.at + 1}, at ${token.text}` : "the end";
    return new DeclarationFault(`${what} (${place})`);
  }
}
