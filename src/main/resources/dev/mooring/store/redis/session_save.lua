-- ARGV sid, record, Will or ''   Returns nil, or the epoch that is stored and higher.
local key = STATE .. 's:' .. ARGV[1]

local stored = call('HGET', key, 'record')
if stored and epoch_of(stored) > epoch_of(ARGV[2]) then
    return string.format('%.0f', epoch_of(stored))
end
call('HSET', key, 'record', ARGV[2])
if ARGV[3] == '' then
    call('HDEL', key, 'will')
else
    call('HSET', key, 'will', ARGV[3])
end
call('ZADD', STATE .. 'sessions', 0, ARGV[1])
return false
