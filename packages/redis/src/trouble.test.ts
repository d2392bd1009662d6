import { describe, expect, it } from 'vitest';
import { passingTrouble } from './trouble.js';

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('passingTrouble', () => {
  it.each([
    'LOADING Redis is loading the dataset in memory',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'CLUSTERDOWN The cluster is down',
    "READONLY You can't write against a read only replica.",
    'MASTERDOWN Link with MASTER is down',
    'BUSY Redis is busy running a script.',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'NOREPLICAS Not enough good replicas to write.',
    'MISCONF Redis is configured to save RDB snapshots',
    'NOPERM this user has no permissions to run the evalsha command',
    "ERR The user executing the script can't run this command or subcommand script: 4f, on @user_script:52.",
  ])('%s', (message) => {
    expect(passingTrouble(named('ReplyError', message))).toBe(message);
  });

  it.each([
    ['MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 0).'],
    ['AbortError', 'Cluster is ended.'],
    ['ClusterAllFailedError', 'Failed to refresh slots cache.'],
    ['Error', 'Connection is closed.'],
    ['Error', "Stream isn't writeable and enableOfflineQueue options is false"],
    ['Error', "Cluster isn't ready and enableOfflineQueue options is false"],
    ['Error', 'None of startup nodes is available'],
    ['Error', 'Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys'],
  ])('%s: %s', (name, message) => {
    expect(passingTrouble(named(name, message))).toBe(message);
  });

  it.each([
    ['ReplyError', 'WRONGTYPE Operation against a key script: 4f, on @user_script:52.'],
    ['ReplyError', 'READONLY said by a line script: 4f, on @user_script:52.'],
    ['ReplyError', 'ERR Script attempted to access a non local key in a cluster node'],
    ['ReplyError', 'MOVED 1 127.0.0.1:1'],
    ['ReplyError', 'BUSYGROUP is another code'],
    ['RangeError', 'Invalid string length'],
    ['TypeError', 'x is not a function'],
  ])('never %s: %s', (name, message) => {
    expect(passingTrouble(named(name, message))).toBeNull();
  });

  it('is never what is not an error', () => {
    expect(passingTrouble('LOADING')).toBeNull();
  });
});
