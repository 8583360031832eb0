-- Who attends a channel: changes are made, what expired is removed, and the edges of users' statuses are published, in one
-- step. A user's status is computed from the connections there are, never counted: nothing can drift.
-- KEYS: connections (by expiry), users, wishes, clock
-- ARGV: PUBLISH or SPUBLISH, channel, refresh ms, life ms, '1' for the whole roster, then changes, each a JSON array
local connections, users, wishes, clock = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local refresh, life = tonumber(ARGV[3]), tonumber(ARGV[4])
local most_reaped, wish_seconds = 500, 12 * 3600
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local edges, missing, wishers, statuses, reaped = {}, {}, {}, {}, 0

local function text(number)
  return string.format('%.0f', number)
end

-- Of a channel that was forgotten, be it by half, nothing is known; `born` tells readers how long there was time to return.
if redis.call('EXISTS', clock) == 0 or redis.call('EXISTS', connections) ~= redis.call('EXISTS', users) then
  redis.call('DEL', connections, users)
  redis.call('HSET', clock, 'born', text(now), 'beat', text(now))
end
local known = redis.call('HMGET', clock, 'beat', 'born', 'version', 'told')
local beat, born = tonumber(known[1]), tonumber(known[2])
-- Versions rise even when the last one was forgotten, because time does. A roster is as of a version above all that may have
-- been told and forgotten; `told` is the last edge's own.
local version, told = tonumber(known[3] or now), known[4] or '0'
if ARGV[5] == '1' then version = math.max(version, now) end

-- Nobody could say anything for longer than anybody keeps silent: Redis was away. That time does not count.
local silence = now - beat
if silence > refresh * 1.25 then
  local all = redis.call('ZRANGE', connections, 0, -1, 'WITHSCORES')
  for index = 1, #all, 2 do
    redis.call('ZADD', connections, text(all[index + 1] + silence), all[index])
  end
end

local function load(user)
  local record = redis.call('HGET', users, user)
  return record and cjson.decode(record)
end

local function settle(user, record)
  local before, after, wish = record.status, 'offline', redis.call('HGET', wishes, user) or ''
  for _, activity in pairs(record.connections) do
    if activity == 'online' or after == 'offline' then after = activity end
  end
  if after ~= 'offline' and wish ~= '' then after = wish end
  local there = next(record.connections) ~= nil
  if not there then wish = '' end
  -- Also where nothing can be seen of it: who begins to hide, or hides and leaves, must not be taken for hiding later.
  local told_before = record.wish or ''
  record.status, record.wish = after, wish
  if after ~= before or wish ~= told_before then
    version = math.max(version + 1, now)
    told = text(version)
    record.version, record.since = told, text(now)
    edges[#edges + 1] = {
      user_id = user, name = record.name, status = after, previous = before, wish = wish,
      version = record.version, since = record.since,
    }
  end
  if there then
    redis.call('HSET', users, user, cjson.encode(record))
  else
    redis.call('HDEL', users, user)
  end
end

local function hold(user, connection, activity, name, wish)
  redis.call('ZADD', connections, text(now + life), user .. ':' .. connection)
  local record = load(user)
  if not record then
    record = {status = 'offline', connections = {}}
    if wish ~= '' then redis.call('HSETNX', wishes, user, wish) end
  end
  record.name = name
  record.connections[connection] = activity or record.connections[connection] or 'online'
  settle(user, record)
end

local function depart(member, forget)
  if redis.call('ZREM', connections, member) == 0 then return end
  local user, connection = string.match(member, '^(%d+):(.*)$')
  local record = load(user)
  if not record then return end
  record.connections[connection] = nil
  if forget and not next(record.connections) then redis.call('HDEL', wishes, user) end
  settle(user, record)
end

local changes = {}

-- A connection: is there, and does this (nothing: as before). A wish counts where Redis has forgotten the user.
function changes.hold(user, connection, activity, name, wish)
  hold(user, connection, activity ~= '' and activity, name, wish)
end

-- Connections: are still there.
function changes.refresh(...)
  for _, member in ipairs({...}) do
    if redis.call('ZSCORE', connections, member) then
      redis.call('ZADD', connections, text(now + life), member)
    else
      missing[#missing + 1] = member
    end
  end
end

-- A connection was lost: its user may come back within this time.
function changes.linger(member, grace)
  if redis.call('ZSCORE', connections, member) then
    redis.call('ZADD', connections, text(now + grace), member)
  end
end

-- A connection came and was lost since the last visit.
function changes.pass_by(user, connection, activity, name, wish, grace)
  changes.hold(user, connection, activity, name, wish)
  changes.linger(user .. ':' .. connection, grace)
end

-- A connection was given up.
function changes.drop(member)
  depart(member, true)
end

-- A user wishes to be seen so: busy or offline whatever the connections do; away with this connection only.
function changes.wish(user, connection, status, name, wish)
  local activity = (status == 'online' or status == 'away') and status
  if status == 'online' then
    redis.call('HDEL', wishes, user)
  elseif status ~= 'away' then
    redis.call('HSET', wishes, user, status)
  end
  hold(user, connection, activity, name, status == 'away' and wish or '')
  wishers[#wishers + 1] = user
end

for index = 6, #ARGV do
  local change = cjson.decode(ARGV[index])
  changes[change[1]](unpack(change, 2))
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', connections, '-inf', text(now), 'LIMIT', 0, most_reaped)) do
  depart(member, false)
  reaped = reaped + 1
end
-- Only now: a tab that had expired meanwhile counts no more.
for index, user in ipairs(wishers) do
  local record = load(user)
  statuses[index] = record and record.status or 'offline'
end

redis.call('HSET', clock, 'version', text(version), 'told', told, 'beat', text(now))
for _, key in ipairs({connections, users, clock}) do
  redis.call('PEXPIRE', key, life * 10)
end
redis.call('EXPIRE', wishes, wish_seconds)
local news = '[]'
if #edges > 0 then
  news = cjson.encode(edges)
  redis.call(ARGV[1], ARGV[2], '{"presence":' .. news .. '}')
end
local roster = ARGV[5] == '1' and redis.call('HGETALL', users) or {}
return {text(version), told, text(now), text(now - born), news, missing, statuses, reaped, roster}
