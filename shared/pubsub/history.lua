-- Where a channel stands, and what it holds after a given position, read in one step.
-- KEYS: position, history
-- ARGV: epoch for a new channel, position ttl s, first wanted seq ('' for none), most frames
local position = redis.call('HMGET', KEYS[1], 'seq', 'epoch')
local seq, epoch = position[1] or '0', position[2]
if not epoch then
  epoch = ARGV[1]
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq)
  redis.call('DEL', KEYS[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
local frames = {}
if ARGV[3] ~= '' then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[2], ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])) do
    frames[#frames + 1] = entry[2][2]
  end
end
return {seq, epoch, frames}
