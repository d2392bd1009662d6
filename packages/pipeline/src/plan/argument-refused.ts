/** An argument of a verb that cannot be resolved: which one, and what was expected in its place. */
export class ArgumentRefused extends Error {
  override readonly name = 'ArgumentRefused';
  readonly field: string;
  readonly expected: string;
  constructor(field: string, expected: string, found: string) {
    super(`${field}: expected ${expected}, found "${found.slice(0, 200)}"`);
    this.field = field;
    this.expected = expected;
  }
}
