-- Where a channel stands, and what it holds after a given position, read in one step: the newest frames, as many as fit.
-- KEYS: position, history
-- ARGV: epoch for a new channel, position ttl s, first wanted seq ('' for none), most frames, most bytes of frames
-- An epoch lasts as long as the server's own history, as in publish.lua.
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local position = redis.call('HMGET', KEYS[1], 'seq', 'epoch', 'run')
local seq, epoch = position[1] or '0', position[2]
if not epoch or position[3] ~= run then
  seq, epoch = '0', ARGV[1]
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'run', run)
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
local frames, bytes = {}, 0
if ARGV[3] ~= '' then
  for _, entry in ipairs(redis.call('XREVRANGE', KEYS[2], '+', ARGV[3] .. '-0', 'COUNT', ARGV[4])) do
    bytes = bytes + #entry[2][2]
    if bytes > tonumber(ARGV[5]) then break end
    frames[#frames + 1] = entry[2][2]
  end
end
return {seq, epoch, frames}
