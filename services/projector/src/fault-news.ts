const reasonOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : JSON.stringify(fault ?? null);

/** Why things do not go on, each by its name: news once, until it is something else or goes on again. */
export class FaultNews {
  readonly #known = new Map<string, string>();

  isNews(name: string, fault: unknown): boolean {
    const reason = reasonOf(fault);
    const isNews = this.#known.get(name) !== reason;
    this.#known.set(name, reason);
    return isNews;
  }

  /** It goes on. */
  over(name: string): void {
    this.#known.delete(name);
  }

  /** Nobody looks at others any more. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
  }
}
