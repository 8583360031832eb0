-- Where channels stand, '' for those without a position of this server's own history. Changes nothing but their expiry.
-- KEYS: positions
-- ARGV: position ttl s
local run = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
local stands = {}
for index, key in ipairs(KEYS) do
  local position = redis.call('HMGET', key, 'seq', 'epoch', 'run')
  redis.call('EXPIRE', key, ARGV[1])
  stands[index] = position[3] == run and position[1] .. ':' .. position[2] or ''
end
return stands
