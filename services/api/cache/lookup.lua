-- What is kept at a place, or who shall read it now: one step, so that of many who find nothing one reads.
-- A key is a hash: `generation`, by chance and for as long as nothing in it was invalidated (which deletes the key);
-- `begun`, when that was; `value:<field>`, 16 digits of its end and the entry; `lease:<field>`, until when somebody reads it.
-- Times are Redis' own, in microseconds.
-- KEYS: the key
-- ARGV: field, generation known to the caller, generation to begin with, trusted since, lease ms, key's life ms, renew?
local function micros()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
local now = micros()
-- Takes nothing away. A Redis that does not write refuses it, and with it the question: it may be told of no write either.
redis.call('HDEL', KEYS[1], '')
local head = redis.call('HMGET', KEYS[1], 'generation', 'begun')
local generation = head[1]
local lease, value = 'lease:' .. ARGV[1], 'value:' .. ARGV[1]
-- What began before the caller's link did may have missed an invalidation while there was none.
if not generation or tonumber(head[2]) <= tonumber(ARGV[4]) then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'begun', string.format('%.0f', now),
    lease, string.format('%.0f', now + ARGV[5] * 1000))
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
  return {'read', ARGV[3]}
end
if generation == ARGV[2] and ARGV[7] ~= '1' then
  return {'same', generation}
end
local found = redis.call('HMGET', KEYS[1], value, lease)
if found[1] and ARGV[7] ~= '1' then
  local left = tonumber(string.sub(found[1], 1, 16)) - now
  if left > 0 then
    return {'found', generation, math.floor(left / 1000), string.sub(found[1], 17)}
  end
end
if found[2] and tonumber(found[2]) > now then
  return {'wait', generation}
end
redis.call('HSET', KEYS[1], lease, string.format('%.0f', now + ARGV[5] * 1000))
return {'read', generation}
