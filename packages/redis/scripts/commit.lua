#!lua
-- One commit of one slot: compare the checkpoint, apply the writes, replace the checkpoint, publish.
--
-- KEYS, all of one slot, every key that is touched:
--   1 checkpoint, 2 counters, then in this order one key per text, per list group, per put group,
--   per drop group, per rank group, per unrank group, per removed name
-- ARGV, where a group is: the number of its arguments, then the arguments:
--   1 expected is there ('1') or there must be none ('0'), 2 expected, 3 next, 4 channel of a notice or ''
--   texts     number, then the values
--   lists     number of groups, then groups of elements
--   puts      number of groups, then groups of field, value, field, value, ...
--   drops     number of groups, then groups of fields
--   ranks     number of groups, then groups of score, member, score, member, ...
--   unranks   number of groups, then groups of members
--   counters  number, then counter, amount, counter, amount, ...
--   removals  number
--   notices   number, then channel, message, channel, message, ...
-- Returns 1 when committed; else { current }, nil inside when there is no checkpoint. An error that begins
-- with NOPERM when the user lacks a right: nothing was written, and the commit may be sent again.
--
-- The first line makes the server refuse the script whole (out of memory, read-only replica, undeclared
-- keys of another slot). A script is not rolled back, so nothing after the comparison may fail: rights are
-- looked at before it, names keep one kind of value, and unpack stays below the size of Lua's stack.

local CHUNK = 3000

-- The server looks at keys by itself before it runs a script, but not at commands and channels. All
-- channels of a commit have one prefix: one stands for all.
local function need(...)
  if not redis.acl_check_cmd(...) then
    return redis.error_reply('NOPERM a commit needs the right to ' .. select(1, ...))
  end
end

local key1 = KEYS[1]
local refused = need('GET', key1) or need('MSET', key1, '') or need('RPUSH', key1, '')
  or need('HSET', key1, '', '') or need('HDEL', key1, '') or need('ZADD', key1, '0', '')
  or need('ZREM', key1, '') or need('HINCRBY', key1, '', '0') or need('UNLINK', key1)
  or need('SET', key1, '') or ARGV[4] ~= '' and need('PUBLISH', ARGV[4], '')
if refused then return refused end

local checkpoint = redis.call('GET', KEYS[1])
if ARGV[1] == '1' then
  if checkpoint ~= ARGV[2] then return { checkpoint } end
elseif checkpoint then
  return { checkpoint }
end

local key = 3
local arg = 5

local function count()
  arg = arg + 1
  return tonumber(ARGV[arg - 1])
end

local texts = count()
local pairs_at_once = CHUNK / 2
for first = 0, texts - 1, pairs_at_once do
  local chunk, size = {}, 0
  for at = first, math.min(first + pairs_at_once, texts) - 1 do
    chunk[size + 1] = KEYS[key + at]
    chunk[size + 2] = ARGV[arg + at]
    size = size + 2
  end
  redis.call('MSET', unpack(chunk, 1, size))
end
key = key + texts
arg = arg + texts

local function groups(command)
  for _ = 1, count() do
    local last = count() + arg - 1
    for first = arg, last, CHUNK do
      redis.call(command, KEYS[key], unpack(ARGV, first, math.min(first + CHUNK - 1, last)))
    end
    key = key + 1
    arg = last + 1
  end
end

groups('RPUSH')
groups('HSET')
groups('HDEL')
groups('ZADD')
groups('ZREM')

for _ = 1, count() do
  if redis.call('HINCRBY', KEYS[2], ARGV[arg], ARGV[arg + 1]) == 0 then
    redis.call('HDEL', KEYS[2], ARGV[arg])
  end
  arg = arg + 2
end

local last = count() + key - 1
for first = key, last, CHUNK do
  redis.call('UNLINK', unpack(KEYS, first, math.min(first + CHUNK - 1, last)))
end

redis.call('SET', KEYS[1], ARGV[3])

for _ = 1, count() do
  redis.call('PUBLISH', ARGV[arg], ARGV[arg + 1])
  arg = arg + 2
end

return 1
