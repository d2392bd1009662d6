/** What stands in documentation and code where a secret would stand. */
const TEMPLATE =
  /^(?:\$[A-Za-z_{(].*|\{.*\}|<.*>|%[A-Za-z({].*|\*+|[xX.]+|-+|_+|#+|\?+|YOUR[_-].*|your[_-].*)$/s;

/** Values that code, schemas and logs write for "none" or for a type. */
const NO_VALUE =
  /^(?:none|null|nil|undefined|true|false|string|str|number|int|integer|bool|boolean|object|any|optional|required|missing|invalid|expired|empty|unknown|bearer|basic|hidden|masked|redacted)$/i;

/** A value that only stands for one: `${TOKEN}`, `<password>`, `***`, `None`. */
export const isTemplate = (value: string): boolean => TEMPLATE.test(value) || NO_VALUE.test(value);
