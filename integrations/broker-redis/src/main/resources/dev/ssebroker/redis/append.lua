-- Appends lists of events. Stores each list completely or not at all. Without a list, it only
-- returns the end of the log.
--
-- KEYS: the state of the log, its events, its time marks, the last call of the writer, and then one
--       key per own id, in the order of the events.
-- ARGV: the incarnation of a new log, the token of this call, its number (from 1 for each writer),
--       the maximum number of events, their maximum age in milliseconds, and then for each list its
--       size, and for each event its own id or an empty string, the number of the arguments that
--       follow, and these arguments: names and values in turn.
--
-- Returns the incarnation, the generation, the last sequence, and for each list the sequence of its
-- first event, or a letter and the number of the refused event: b (its id was published before), o
-- (its id looks like one of the log's own).
--
-- Redis checks its memory only before the first write of a script, and never for a trim. So the
-- first write is not a trim.

local log, events, marks, writer = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, number = ARGV[2], tonumber(ARGV[3])
local max_events, max_age = ARGV[4], tonumber(ARGV[5])
local first_list, first_own_id = 6, 5

-- Numbers are doubles. Lua would format large ones with an exponent.
local function whole(value)
  return string.format('%.0f', value)
end

local stored = number > 0 and redis.call('GET', writer)
if stored then
  local stored_number, reply = string.match(stored, '^(%d+) (.*)$')
  if tonumber(stored_number) == number then
    return reply
  elseif tonumber(stored_number) > number then
    return redis.error_reply('STALE a later call of the same writer is already done')
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

-- Entry ids are not times. So a mark has a time and the id of the first event after it.
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

-- The stream has later events than the state: they were not restored together.
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
