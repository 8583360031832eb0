-- Gives events of a channel their places in it, keeps them for those who resume, and publishes them: one step, so that two
-- publishers can never number in one order and publish in the other. After Centrifugo's broker_history_add_stream.lua.
-- KEYS: position, history, published (one of each event)
-- ARGV: channel, epoch for a new channel, history size, history ttl s, position ttl s, published ttl s, frames
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local seqs = {}
for index = 3, #KEYS do
  local seq = redis.call('GET', KEYS[index])
  if not seq then
    if not epoch then
      epoch = ARGV[2]
      redis.call('HSET', KEYS[1], 'epoch', epoch)
      redis.call('DEL', KEYS[2])
    end
    seq = string.format('%d', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    local frame = '{"seq":' .. seq .. ',"epoch":"' .. epoch .. '",' .. string.sub(ARGV[index + 4], 2)
    redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[3], seq .. '-0', 'f', frame)
    redis.call('SET', KEYS[index], seq, 'EX', ARGV[6])
    redis.call('PUBLISH', ARGV[1], frame)
  end
  seqs[#seqs + 1] = tonumber(seq)
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return seqs
