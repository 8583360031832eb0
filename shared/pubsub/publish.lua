-- Gives events of a channel their places in it, keeps them for those who resume, and publishes them: one step, so that two
-- publishers can never number in one order and publish in the other. After Centrifugo's broker_history_add_stream.lua.
-- KEYS: position, history, published (one of each event)
-- ARGV: PUBLISH or SPUBLISH, channel, epoch for a new channel, history size, history ttl s, position ttl s, published ttl s,
--       frames
-- An epoch lasts as long as the server's own history: a Redis that was restarted, restored or promoted may lack events that
-- somebody has, and begins every channel anew (docs/adr/0017-epochs-end-with-the-servers-history.md).
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local position = redis.call('HMGET', KEYS[1], 'epoch', 'run')
local epoch = position[2] == run and position[1]
local seqs = {}
for index = 3, #KEYS do
  local seq = redis.call('GET', KEYS[index])
  if not seq then
    if not epoch then
      epoch = ARGV[3]
      redis.call('DEL', KEYS[1], KEYS[2])
      redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', run)
    end
    seq = string.format('%d', redis.call('HINCRBY', KEYS[1], 'seq', 1))
    local frame = '{"seq":' .. seq .. ',"epoch":"' .. epoch .. '",' .. string.sub(ARGV[index + 5], 2)
    redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[4], seq .. '-0', 'f', frame)
    redis.call('SET', KEYS[index], seq, 'EX', ARGV[7])
    redis.call(ARGV[1], ARGV[2], frame)
  end
  seqs[#seqs + 1] = tonumber(seq)
end
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return seqs
