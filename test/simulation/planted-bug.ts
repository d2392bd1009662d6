/** A text of one source file and what stands in its place while a bug is planted. */
export interface Edit {
  file: string;
  /** Stands there exactly once, or nothing is run. */
  find: string;
  replace: string;
  /** `find` is the source of a regular expression. */
  isPattern?: true;
}

/** A bug that the simulation must find, or it proves nothing. */
export interface PlantedBug {
  name: string;
  /** The finding of the attack on the first design that this is. */
  finding: string;
  edits: Edit[];
  /** The first red seed, as it was found out; it may move by some when sources change. */
  redAt: number;
  /** The first seed that is tried; 1 when absent. */
  from?: number;
}

export const edit = (file: string, find: string, replace: string): Edit => ({
  file,
  find,
  replace,
});

export const bug = (
  name: string,
  finding: string,
  redAt: number,
  ...edits: Edit[]
): PlantedBug => ({ name, finding, edits, redAt });

export const PIPELINE = 'packages/pipeline/src';
export const DOMAIN = 'packages/domain/src';
export const TEST_KIT = 'packages/test-kit/src';
