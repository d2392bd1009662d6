/** An instruction of a Dockerfile: its word in capitals and the rest, continued lines joined. */
export interface ImageStep {
  word: string;
  rest: string;
}

/** The instructions of a Dockerfile in order, comments and blank lines left out. */
export function imageStepsOf(text: string): ImageStep[] {
  const joined = text.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [word = '', ...rest] = line.trim().split(' ');
      return { word: word.toUpperCase(), rest: rest.join(' ') };
    });
}

/** The stages of a Dockerfile: the first instruction of each is its FROM. */
export function stagesOf(steps: readonly ImageStep[]): ImageStep[][] {
  const stages: ImageStep[][] = [];
  for (const step of steps) {
    if (step.word === 'FROM') stages.push([]);
    stages.at(-1)?.push(step);
  }
  return stages;
}

/** The list of an instruction in exec form: `CMD ["a", "b"]`. @throws Error in shell form. */
export function execForm(steps: readonly ImageStep[], word: string): string[] {
  const rest = steps.filter((step) => step.word === word).at(-1)?.rest ?? '[]';
  const list = rest.slice(rest.indexOf('['));
  try {
    return JSON.parse(list) as string[];
  } catch (cause) {
    throw new Error(`${word} is not in exec form: signals would end at a shell`, { cause });
  }
}

/** What the last stage sets in the environment of its processes. */
export const imageEnvironmentOf = (steps: readonly ImageStep[]): Record<string, string> =>
  Object.fromEntries(
    steps
      .filter(({ word }) => word === 'ENV')
      .map(({ rest }) => {
        const at = rest.indexOf('=');
        return [rest.slice(0, at), rest.slice(at + 1)];
      }),
  );
