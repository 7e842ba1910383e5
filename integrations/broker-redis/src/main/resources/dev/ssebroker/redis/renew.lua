-- Starts a new generation, unless another reader has already done so.
--
-- KEYS: the log's state.
-- ARGV: the incarnation, the generation and the sequence of the position of the reader.

local log = KEYS[1]
local reached_generation, reached = tonumber(ARGV[2]), tonumber(ARGV[3])

local state = redis.call('HMGET', log, 'incarnation', 'generation', 'last')
if state[1] ~= ARGV[1] or tonumber(state[2]) > reached_generation then
  return 0
end
redis.call(
  'HSET', log,
  'generation', string.format('%.0f', reached_generation + 1),
  'last', string.format('%.0f', math.max(tonumber(state[3]), reached)))
return 1
