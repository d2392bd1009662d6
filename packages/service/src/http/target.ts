/** The authority before the path in the absolute form of a request target. */
const AUTHORITY = /^https?:\/\/[^/?#]*/i;

/**
 * The path and query of a request target. The absolute form (`GET http://host/path`), which proxies
 * send and every server must take, loses its authority; everything else stays as it is.
 */
export function targetPath(target: string): string {
  if (target.startsWith('/')) return target;
  const path = target.replace(AUTHORITY, '');
  return path === target || path.startsWith('/') ? path : `/${path}`;
}
