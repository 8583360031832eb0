-- Who types in a conversation right now: kept for those who join in the middle of it, and told to those who are there.
-- KEYS: typing
-- ARGV: PUBLISH or SPUBLISH, channel, ttl ms, then of each event: who types, '1' or '0', what to know about it, frame
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3]
for index = 4, #ARGV, 4 do
  if ARGV[index + 1] == '1' then
    redis.call('HSET', KEYS[1], ARGV[index], string.format('%.0f', ends) .. ARGV[index + 2])
  else
    redis.call('HDEL', KEYS[1], ARGV[index])
  end
  redis.call(ARGV[1], ARGV[2], ARGV[index + 3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
