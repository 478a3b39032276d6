-- One pool's ledger: KEYS[1] its totals, KEYS[2] its pods. Every call is one atomic step.
-- Answers {done, cpuMillis, memoryBytes, pods} with the totals after it.
-- Numbers stay whole up to 2^53, which is 8 PiB of memory in one pool.
local fields = {'cpu', 'memory', 'pods'}

local function totals(done)
  local used = redis.call('HMGET', KEYS[1], 'cpu', 'memory', 'pods')
  return {done, tonumber(used[1] or 0), tonumber(used[2] or 0), tonumber(used[3] or 0)}
end

-- Not '-' .. n: Redis takes no "-0".
local function negative(n)
  return string.format('%.0f', 0 - tonumber(n))
end

local function add(uid, cpu, memory, pods)
  redis.call('HSET', KEYS[2], uid, cpu .. ' ' .. memory .. ' ' .. pods)
  redis.call('HINCRBY', KEYS[1], 'cpu', cpu)
  redis.call('HINCRBY', KEYS[1], 'memory', memory)
  redis.call('HINCRBY', KEYS[1], 'pods', pods)
end

local command = ARGV[1]

if command == 'reserve' then
  local uid = ARGV[2]
  if redis.call('HEXISTS', KEYS[2], uid) == 1 then
    return totals(1)
  end
  for i, field in ipairs(fields) do
    local used = tonumber(redis.call('HGET', KEYS[1], field) or 0)
    if used + tonumber(ARGV[2 + i]) > tonumber(ARGV[5 + i]) then
      return totals(0)
    end
  end
  add(uid, ARGV[3], ARGV[4], ARGV[5])
  return totals(1)
end

if command == 'release' then
  local held = redis.call('HGET', KEYS[2], ARGV[2])
  if not held then
    return totals(0)
  end
  local cpu, memory, pods = string.match(held, '(%d+) (%d+) (%d+)')
  redis.call('HDEL', KEYS[2], ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'cpu', negative(cpu))
  redis.call('HINCRBY', KEYS[1], 'memory', negative(memory))
  redis.call('HINCRBY', KEYS[1], 'pods', negative(pods))
  return totals(1)
end

if command == 'rebuild' then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'intact', 1)
  for i = 2, #ARGV, 4 do
    add(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
  end
  return totals(1)
end

if command == 'intact' then
  return totals(redis.call('HEXISTS', KEYS[1], 'intact'))
end

return totals(1)
