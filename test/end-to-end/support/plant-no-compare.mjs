// A planted fault for a negative control: commits no longer compare the checkpoint, so a process that
// lost its partition writes all the same. Loaded with `node --import` before the service.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const COMPARISON = `if ARGV[1] == '1' then
  if checkpoint ~= ARGV[2] then return { checkpoint } end
elseif checkpoint then
  return { checkpoint }
end
`;

const read = fs.readFileSync;
fs.readFileSync = (path, ...options) => {
  const text = read(path, ...options);
  if (!String(path).endsWith('commit.lua')) return text;
  const planted = String(text).replace(COMPARISON, '');
  if (planted === String(text))
    throw new Error('commit.lua: the comparison to remove is not there');
  return planted;
};
syncBuiltinESMExports();
