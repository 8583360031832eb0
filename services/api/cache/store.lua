-- Keeps what was read, unless something was invalidated since its reader began: then the generation is another one, or none.
-- KEYS: the key
-- ARGV: field, generation it was read in, entry, its life ms, most fields, most bytes
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[2] then
  return 'outdated'
end
local value = 'value:' .. ARGV[1]
redis.call('HDEL', KEYS[1], 'lease:' .. ARGV[1])
local before = redis.call('HSTRLEN', KEYS[1], value)
local bytes = (tonumber(redis.call('HGET', KEYS[1], 'bytes')) or 0) - before + #ARGV[3] + 16
if (before == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5])) or bytes > tonumber(ARGV[6]) then
  return 'full'
end
local time = redis.call('TIME')
local expires = time[1] * 1000000 + time[2] + ARGV[4] * 1000
redis.call('HSET', KEYS[1], value, string.format('%016.0f', expires) .. ARGV[3], 'bytes', bytes)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return 'stored'
