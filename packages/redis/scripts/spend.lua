#!lua
-- Spends time of one account, which runs out by itself. Its clock is this server's.
--
-- KEYS: 1 the account
-- ARGV: 1 milliseconds to spend, with a fraction
-- Returns how far the account is ahead of the clock, in milliseconds, as text.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local paid = tonumber(redis.call('GET', KEYS[1]) or '0')
if paid < now then paid = now end
paid = paid + tonumber(ARGV[1])
local ahead = paid - now
redis.call('SET', KEYS[1], string.format('%.3f', paid), 'PX', math.ceil(ahead) + 1)
return string.format('%.3f', ahead)
