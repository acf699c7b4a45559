/** What is wrong with a TOML text, or with data that TOML cannot hold; the message is BurntSushi/toml's. */
export class TomlError extends Error {
  /** Counted from 1; undefined when the problem is with data. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.name = 'TomlError';
    this.line = line;
  }
}
