import tseslint from 'typescript-eslint';

/** Rules for every language; each is here because a mistake of its kind is easy to miss in review. */
const everywhere = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-empty': ['error', { allowEmptyCatch: false }],
  'no-else-return': 'error',
  'no-nested-ternary': 'error',
  'no-param-reassign': 'error',
  'no-unreachable': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'max-lines': ['error', { max: 300 }],
  'max-depth': ['error', 4],
  // Ports take what they need side by side; past six an options object reads better.
  'max-params': ['error', 6],
  // Every `??` counts as a branch, so a mapping of optional members reaches this without branching.
  complexity: ['error', 20],
};

/** Off, each for the reason beside it. */
const off = {
  // Ports promise a Promise; the memory adapters have nothing to await.
  '@typescript-eslint/require-await': 'off',
  // State that a closure or an await changes looks constant to the checker, and the test for it is needed.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // A document drops a member by its name; objects with a null prototype would not survive JSON.
  '@typescript-eslint/no-dynamic-delete': 'off',
  // Alphabets and other ASCII tables are spread into their characters.
  '@typescript-eslint/no-misused-spread': 'off',
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.cache/**', '.refold/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...everywhere,
      ...off,
      // A factory that keeps its state in closures counts as one function.
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // An offset or a count in a message is not a mistake; an object or a null is.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => stop()` and `return stop()` are shorter than a body, and the value is not used.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-globals': ['error', { name: 'WebSocket', message: 'Not used here.' }],
    },
  },
  {
    // Services log through pino; the command line and the test tools talk to a person.
    files: ['packages/**/*.ts', 'services/**/*.ts'],
    ignores: ['packages/test-kit/**', 'services/operator/**', '**/*.test.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    // A test names what it knows to be there; a `describe` is as long as its tests.
    files: ['**/*.test.ts', 'test/**/*.ts', 'packages/test-kit/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs', '*.js'],
    rules: { ...everywhere, 'no-unused-vars': 'error', 'no-redeclare': 'error' },
  },
);
