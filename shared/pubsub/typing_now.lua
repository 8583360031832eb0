-- What is known of those who type in a conversation, unless their time is over.
-- KEYS: typing
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = {}
for _, entry in ipairs(redis.call('HVALS', KEYS[1])) do
  local ends, what = string.match(entry, '^(%d+)(.*)$')
  if tonumber(ends) > now then known[#known + 1] = what end
end
return known
