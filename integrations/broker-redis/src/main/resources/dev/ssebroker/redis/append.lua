-- Appends lists of events: each list whole or not at all. With no list, it only says where the log ends.
--
-- KEYS: the log's state, its events, its time marks, the writer's last call, then one for each
--       own id in the order of the events.
-- ARGV: the incarnation of a log that has to begin, this call's token, its number (from 1 for each
--       writer), the most events and the greatest age in milliseconds to keep, and then for each
--       list: its size, and for each event: its own id or nothing, the number of arguments that
--       follow, and these: names and values in turn.
--
-- Returns incarnation, generation, last sequence and for each list the sequence of its first event,
-- or what is wrong and with which event: b (an id was published before), o (it looks like one of
-- the log's own).
--
-- Redis checks whether it has memory before the first write only, so that this is no trim.

local log, events, marks, writer = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, number = ARGV[2], tonumber(ARGV[3])
local max_events, max_age = ARGV[4], tonumber(ARGV[5])
local first_list, first_own_id = 6, 5

-- Numbers are doubles here, which Lua would write with an exponent.
local function whole(value)
  return string.format('%.0f', value)
end

local stored = number > 0 and redis.call('GET', writer)
if stored then
  local stored_number, reply = string.match(stored, '^(%d+) (.*)$')
  if tonumber(stored_number) == number then
    return reply
  elseif tonumber(stored_number) > number then
    return redis.error_reply('STALE this call was overtaken by a later one of its writer')
  end
end

local state = redis.call('HMGET', log, 'incarnation', 'generation', 'last', 'token')
local incarnation, generation, last, previous =
  state[1], tonumber(state[2] or 1), tonumber(state[3] or 0), state[4] or ''
if not incarnation then
  incarnation = ARGV[1]
  redis.call('HSET', log, 'incarnation', incarnation, 'generation', '1', 'last', '0', 'token', '')
  redis.call('DEL', events, marks)
end

local function is_kept(own_id)
  local value = redis.call('GET', own_id)
  if not value then
    return false
  end
  local of, entry_id = string.match(value, '^(%w+) (%d+%-%d+)$')
  return of == incarnation and #redis.call('XRANGE', events, entry_id, entry_id) > 0
end

-- Stream ids are not times, so marks say which event came next at which time.
local function trim(next_event)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local newest = redis.call('LINDEX', marks, 0)
  local marked = newest and tonumber(string.match(newest, '^%d+'))
  if not marked or now < marked or now - marked >= max_age / 16 then
    redis.call('LPUSH', marks, whole(now) .. ' ' .. next_event)
  end
  local horizon
  local oldest = redis.call('LINDEX', marks, -1)
  while oldest do
    local at, entry_id = string.match(oldest, '^(%d+) (.+)$')
    if now - tonumber(at) < max_age then
      break
    end
    horizon = entry_id
    redis.call('RPOP', marks)
    oldest = redis.call('LINDEX', marks, -1)
  end
  if horizon then
    redis.call('XTRIM', events, 'MINID', '~', horizon, 'LIMIT', 0)
  end
  redis.call('XTRIM', events, 'MAXLEN', '~', max_events)
end

-- The stream knows of later events than the state does: the two were not restored together.
local function continue_after_the_stream()
  local info = redis.call('XINFO', 'STREAM', events)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local top_generation, top = string.match(info[i + 1], '^(%d+)%-(%d+)$')
      generation = math.max(generation, tonumber(top_generation)) + 1
      last = math.max(last, tonumber(top))
    end
  end
end

local function add(entry)
  entry[2] = whole(generation) .. '-' .. whole(last + 1)
  local added = redis.pcall('XADD', unpack(entry))
  if type(added) == 'table' and added.err then
    if not string.find(added.err, 'equal or smaller', 1, true) then
      return added
    end
    continue_after_the_stream()
    entry[2] = whole(generation) .. '-' .. whole(last + 1)
    redis.call('XADD', unpack(entry))
  end
  last = last + 1
end

local reply = {}
local next_event = whole(generation) .. '-' .. whole(last + 1)
local argument, own_id = first_list, first_own_id
while ARGV[argument] do
  local size = tonumber(ARGV[argument])
  argument = argument + 1

  local refusal
  local scan, scan_id = argument, own_id
  for i = 1, size do
    local own = ARGV[scan]
    if own ~= '' then
      if not refusal then
        if string.find(own, '^' .. incarnation .. '%.%w+%-') then
          refusal = 'o' .. i
        elseif is_kept(KEYS[scan_id]) then
          refusal = 'b' .. i
        end
      end
      scan_id = scan_id + 1
    end
    scan = scan + 2 + tonumber(ARGV[scan + 1])
  end

  if not refusal then
    local first
    for i = 1, size do
      local own, count = ARGV[argument], tonumber(ARGV[argument + 1])
      local entry = { events, '', 'call', token }
      if previous ~= token then
        entry[5] = 'before'
        entry[6] = previous
        previous = token
      end
      for j = argument + 2, argument + 1 + count do
        entry[#entry + 1] = ARGV[j]
      end
      local failure = add(entry)
      if failure then
        return failure
      end
      first = first or last
      if own ~= '' then
        redis.call(
          'SET', KEYS[own_id], incarnation .. ' ' .. whole(generation) .. '-' .. whole(last),
          'PX', whole(max_age * 9 / 8))
        own_id = own_id + 1
      end
      argument = argument + 2 + count
    end
    refusal = whole(first)
  end
  reply[#reply + 1] = refusal
  argument, own_id = scan, scan_id
end

if #reply == 0 then
  return incarnation .. ' ' .. whole(generation) .. ' ' .. whole(last) .. ' ' .. previous
end
redis.call(
  'HSET', log, 'generation', whole(generation), 'last', whole(last), 'token', previous)
trim(next_event)
local answer =
  incarnation .. ' ' .. whole(generation) .. ' ' .. whole(last) .. ' ' .. table.concat(reply, ' ')
redis.call('SET', writer, whole(number) .. ' ' .. answer, 'PX', 300000)
return answer
