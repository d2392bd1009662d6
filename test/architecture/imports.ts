import ts from 'typescript';
import type { SourceText } from './repository.js';

/** One place where a file reaches for another module. `specifier` null: it is computed. */
export interface Import {
  specifier: string | null;
  line: number;
  /** `url`: a file named relative to the module, `new URL('./x', import.meta.url)`. */
  via: 'import' | 'export' | 'dynamic' | 'type' | 'require' | 'resolve' | 'mock' | 'url';
}

/** A package and a slash: what follows in a template cannot lead to another package. */
const WHOLE_PACKAGE = /^(?:@[^/]+\/)?[^./@][^/]*\//;

/** The module a node names: a literal, or a template that begins with a whole package name. */
function literal(node: ts.Node | undefined): string | null {
  if (node === undefined) return null;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return WHOLE_PACKAGE.test(node.head.text) ? node.head.text : null;
}

const isImportMetaUrl = (node: ts.Node | undefined): boolean =>
  node?.getText() === 'import.meta.url';

/** Names that hold a `require` made by `createRequire`, under whatever name it was imported. */
function namesOfRequire(file: ts.SourceFile): { makers: Set<string>; loaders: Set<string> } {
  const makers = new Set(['createRequire']);
  const loaders = new Set(['require']);
  const visit = (node: ts.Node): void => {
    if (ts.isImportSpecifier(node) && node.propertyName?.text === 'createRequire') {
      makers.add(node.name.text);
    }
    if (
      ts.isVariableDeclaration(node) &&
      node.initializer !== undefined &&
      ts.isIdentifier(node.name) &&
      isMakerCall(node.initializer, makers)
    ) {
      loaders.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { makers, loaders };
}

function isMakerCall(node: ts.Node, makers: ReadonlySet<string>): boolean {
  if (!ts.isCallExpression(node)) return false;
  const callee = node.expression;
  if (ts.isIdentifier(callee)) return makers.has(callee.text);
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'createRequire';
}

/** How a call loads a module, or null when it does not. */
function loadingCall(
  call: ts.CallExpression,
  names: ReturnType<typeof namesOfRequire>,
): Import['via'] | null {
  const callee = call.expression;
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return 'dynamic';
  if (ts.isIdentifier(callee) && names.loaders.has(callee.text)) return 'require';
  if (isMakerCall(callee, names.makers)) return 'require';
  const text = callee.getText();
  if (text === 'import.meta.resolve') return 'resolve';
  if (text === 'process.getBuiltinModule') return 'require';
  if (/^vi\.(mock|doMock|importActual|importMock)$/.test(text)) return 'mock';
  const owner = ts.isPropertyAccessExpression(callee) ? callee.expression : null;
  if (owner !== null && ts.isIdentifier(owner) && names.loaders.has(owner.text)) return 'require';
  return null;
}

/**
 * Every reach for another module in a TypeScript or JavaScript text: static, re-exported, dynamic,
 * type-only, `require` in its disguises, mocks, and files named by `import.meta.url`.
 * Read from the syntax tree, so comments and strings do not count.
 */
export function findImports(source: SourceText): Import[] {
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ES2023, true);
  const names = namesOfRequire(file);
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: string | null, via: Import['via']): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push({ specifier, line: line + 1, via });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node, literal(node.moduleSpecifier), 'import');
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node, literal(node.moduleSpecifier), 'export');
    } else if (ts.isExternalModuleReference(node)) add(node, literal(node.expression), 'require');
    else if (ts.isImportTypeNode(node)) {
      add(
        node,
        ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : null,
        'type',
      );
    } else if (ts.isCallExpression(node)) {
      const via = loadingCall(node, names);
      if (via !== null) add(node, literal(node.arguments[0]), via);
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
      const [target, base] = node.arguments ?? [];
      if (isImportMetaUrl(base)) add(node, literal(target), 'url');
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const reference of [...file.referencedFiles, ...file.typeReferenceDirectives]) {
    const { line } = file.getLineAndCharacterOfPosition(reference.pos);
    found.push({ specifier: reference.fileName, line: line + 1, via: 'type' });
  }
  return found;
}
