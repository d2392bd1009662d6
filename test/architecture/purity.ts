import ts from 'typescript';
import type { SourceText } from './repository.js';

/** Packages whose clock, randomness and IDs are arguments, so that a fold is a function of the log. */
const PURE = /^packages\/(?:contracts|domain|pipeline)\/src\/.*(?<!\.test|\.fixture)\.ts$/;

/** The only places that may read the environment; everything else is told by a configuration. */
const READS_ENVIRONMENT = [
  /^packages\/service\/src\/config\/read-config\.ts$/,
  /^packages\/test-kit\/src\/backends\//,
  /^packages\/test-kit\/src\/proof-(?:size|report)\.ts$/,
  /^scripts\//,
  /^bench\//,
];

const IMPURE_NAMES = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'process',
  'console',
  'randomUUID',
  'randomBytes',
  'randomInt',
  'getRandomValues',
]);

const isMember = (node: ts.Identifier): boolean =>
  ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;

const namesAMember = (node: ts.Identifier): boolean =>
  (ts.isPropertyAssignment(node.parent) ||
    ts.isPropertySignature(node.parent) ||
    ts.isMethodSignature(node.parent)) &&
  node.parent.name === node;

/** `new Date(ms)`, `Date.parse` and `Date.UTC` are functions of their arguments; the rest is a clock. */
function isPureDate(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent)) return (parent.arguments?.length ?? 0) > 0;
  if (ts.isPropertyAccessExpression(parent)) return ['parse', 'UTC'].includes(parent.name.text);
  return ts.isTypeReferenceNode(parent);
}

function faultOfIdentifier(node: ts.Identifier): string | null {
  if (namesAMember(node)) return null;
  if (node.text === 'Date' && !isMember(node)) return isPureDate(node) ? null : 'Date';
  if (node.text === 'random' && isMember(node)) {
    return node.parent.getText() === 'Math.random' ? 'Math.random' : null;
  }
  if (node.text.startsWith('random') || node.text === 'getRandomValues') {
    return IMPURE_NAMES.has(node.text) ? node.text : null;
  }
  return IMPURE_NAMES.has(node.text) && !isMember(node) ? node.text : null;
}

const readsEnvironment = (node: ts.Node): boolean => {
  if (ts.isPropertyAccessExpression(node)) return node.getText() === 'process.env';
  if (ts.isElementAccessExpression(node)) return /^process\[.env.\]$/.test(node.getText());
  if (ts.isImportDeclaration(node)) {
    return /^["'](?:node:)?process["']$/.test(node.moduleSpecifier.getText());
  }
  const isTaken = ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name);
  return isTaken && node.initializer?.getText() === 'process';
};

/** Clocks, randomness and timers in the engine, and reads of the environment outside their places. */
export function judgePurity(source: SourceText): string[] {
  const pure = PURE.test(source.path);
  const mayRead = READS_ENVIRONMENT.some((pattern) => pattern.test(source.path));
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ES2023, true);
  const faults: string[] = [];
  const add = (node: ts.Node, sentence: string): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    faults.push(`${source.path}:${line + 1}: ${sentence}`);
  };
  const visit = (node: ts.Node): void => {
    if (!mayRead && readsEnvironment(node)) {
      add(node, 'reads the environment; take it as configuration');
      return;
    }
    if (pure && ts.isIdentifier(node)) {
      const impure = faultOfIdentifier(node);
      if (impure !== null)
        add(node, `'${impure}' is a clock, a timer or randomness; take it as an argument`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}
