import { expect, it } from 'vitest';
import { targetPath } from './target.js';

it.each([
  ['/a/b?c=d', '/a/b?c=d'],
  ['http://host:80/a/b?c=d', '/a/b?c=d'],
  ['HTTPS://host/a', '/a'],
  ['http://user@host?c=d', '/?c=d'],
  ['http://host', '/'],
  ['//host/a', '//host/a'],
  ['/http://host/a', '/http://host/a'],
  ['*', '*'],
  ['ftp://host/a', 'ftp://host/a'],
])('the path of %s is %s', (target, path) => expect(targetPath(target)).toBe(path));
