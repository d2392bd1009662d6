#!lua flags=no-writes
-- One snapshot of one slot: the checkpoint and any number of reads, all of one moment.
--
-- KEYS, all of one slot: 1 checkpoint, then one key per read
-- ARGV, per read: its kind, then
--   get, list, fields   nothing
--   field               the field
--   ranked              limit, '0'
--   ranked              limit, '1', score, member: only rows strictly below that row
-- Returns { checkpoint, result, ... }: text or nil; elements; field, value, ...; text or nil;
-- member, score, ... with the highest score first and ties by the bytes of the member, descending.

-- Lua compares strings by the locale of the server; an index orders them by their bytes.
local function is_below(a, b)
  local size = math.min(#a, #b)
  for at = 1, size do
    local x, y = a:byte(at), b:byte(at)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- How many rows stand before the first row strictly below (score, member).
local function rows_before(key, score, member)
  local low = redis.call('ZCOUNT', key, '(' .. score, '+inf')
  local high = low + redis.call('ZCOUNT', key, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_below(redis.call('ZRANGE', key, middle, middle, 'REV')[1], member) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local arg = 1
local function take()
  arg = arg + 1
  return ARGV[arg - 1]
end

local function ranked(key)
  local limit = tonumber(take())
  local start = 0
  if take() == '1' then
    local score = take()
    start = rows_before(key, score, take())
  end
  if limit < 1 then return {} end
  return redis.call('ZRANGE', key, start, start + limit - 1, 'REV', 'WITHSCORES')
end

local answer = { redis.call('GET', KEYS[1]) }
for at = 2, #KEYS do
  local kind = take()
  local key = KEYS[at]
  if kind == 'get' then
    answer[at] = redis.call('GET', key)
  elseif kind == 'list' then
    answer[at] = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'fields' then
    answer[at] = redis.call('HGETALL', key)
  elseif kind == 'field' then
    answer[at] = redis.call('HGET', key, take())
  else
    answer[at] = ranked(key)
  end
end
return answer
