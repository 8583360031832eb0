-- Gives an event its place in its channel, keeps it for those who resume, and publishes it: one step, so that two
-- publishers can never number in one order and publish in the other. After Centrifugo's broker_history_add_stream.lua.
-- KEYS: position, history, published
-- ARGV: channel, frame, epoch for a new channel, history size, history ttl s, position ttl s, published ttl s
local already = redis.call('GET', KEYS[3])
if already then
  return tonumber(already)
end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  epoch = ARGV[3]
  redis.call('HSET', KEYS[1], 'epoch', epoch)
  redis.call('DEL', KEYS[2])
end
local seq = string.format('%d', redis.call('HINCRBY', KEYS[1], 'seq', 1))
local frame = '{"seq":' .. seq .. ',"epoch":"' .. epoch .. '",' .. string.sub(ARGV[2], 2)
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[4], seq .. '-0', 'f', frame)
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('SET', KEYS[3], seq, 'EX', ARGV[7])
redis.call('PUBLISH', ARGV[1], frame)
return tonumber(seq)
