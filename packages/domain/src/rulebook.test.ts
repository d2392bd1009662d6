import { eventDefinitionsOf, STREAM_KINDS } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import {
  DeciderUnknown,
  RULEBOOK,
  ViewsUnknown,
  newestDecider,
  newestViews,
  rulesOf,
  viewsOf,
  type Rulebook,
} from './rulebook.js';
import { operationRules } from './operation/rules.js';
import { operationView } from './operation/view.js';
import { runRules } from './run/rules.js';
import { runView } from './run/view.js';
import { workerRules } from './worker/rules.js';
import { workerView } from './worker/view.js';

const second = {
  run: { ...runRules, onlyBegins: new Set<string>() },
  worker: workerRules,
  operation: operationRules,
};
const runView2 = { ...runView, version: 2 };
const runView10 = { ...runView, version: 10 };
const rulebook: Rulebook = {
  deciders: [...RULEBOOK.deciders, second],
  views: [runView10, ...RULEBOOK.views, runView2],
};

describe('the rules of a rulebook', () => {
  it('are those of the version asked for', () => {
    expect(rulesOf(rulebook, 1)).toEqual({
      run: runRules,
      worker: workerRules,
      operation: operationRules,
    });
    expect(rulesOf(rulebook, 2)).toBe(second);
    expect(newestDecider(rulebook)).toBe(2);
    expect(newestDecider(RULEBOOK)).toBe(1);
  });

  it.each([0, 3, 1.5])(
    'are not there in version %d, and the error says what to deploy',
    (version) => {
      expect(() => rulesOf(rulebook, version)).toThrow(DeciderUnknown);
      expect(() => rulesOf(rulebook, version)).toThrow(
        `decider version ${version} is not in this build, which has versions 1 to 2: ` +
          `deploy a build that has version ${version}`,
      );
    },
  );

  it('that are shipped agree on the newest schema of every type they know', () => {
    for (const kind of STREAM_KINDS) {
      for (const type of eventDefinitionsOf(kind).keys()) {
        const known = RULEBOOK.deciders.map((rules) => rules[kind].schemaVersionOf(type));
        const versions = new Set(known.filter((version) => version !== undefined));
        expect(versions.size, type).toBe(1);
      }
    }
  });
});

describe('the views of a rulebook', () => {
  it('are those that a checkpoint names, in that version', () => {
    expect(viewsOf(rulebook, 'run@1')).toEqual({ run: [runView], worker: [], operation: [] });
    expect(viewsOf(rulebook, 'operation@1,run@2,worker@1')).toEqual({
      run: [runView2],
      worker: [workerView],
      operation: [operationView],
    });
    expect(viewsOf(rulebook, '')).toEqual({ run: [], worker: [], operation: [] });
  });

  it('are the newest of each name for a slot that is new', () => {
    expect(newestViews(rulebook, ['run'])).toBe('run@10');
    expect(newestViews(rulebook, ['worker', 'run'])).toBe('run@10,worker@1');
    expect(newestViews(RULEBOOK, ['run'])).toBe('run@1');
    expect(newestViews(RULEBOOK, [])).toBe('');
  });

  it.each(['run@3', 'run@1,other@1', 'run@1,run@2', 'run@1,run@1', 'run', 'run@1,'])(
    'are not there as "%s", and the error says what to deploy',
    (text) => {
      expect(() => viewsOf(rulebook, text)).toThrow(ViewsUnknown);
      expect(() => viewsOf(rulebook, text)).toThrow(
        `views ${text} are not all in this build, which has operation@1,run@1,run@10,run@2,worker@1: ` +
          'deploy a build that has them',
      );
    },
  );
});
