-- KEYS[1] mqtt:retain:{topic}   ARGV get|delete|zset|hash|string, life in ms or 0 for ever, msgid, fields and values
-- {id, type} of what was there, in whichever form EMQX, its manual or its article has it.
local type = redis.call('TYPE', KEYS[1]).ok
local was = false
if type == 'zset' then
    was = {redis.call('ZRANGE', KEYS[1], -1, -1)[1], type}
elseif type == 'string' then
    was = {redis.call('GET', KEYS[1]), type}
elseif type == 'hash' then
    was = {redis.call('HGET', KEYS[1], 'id') or '', type}
end
if ARGV[1] == 'get' then
    return was
end
redis.call('DEL', KEYS[1])
if ARGV[1] == 'delete' then
    return was
elseif ARGV[1] == 'zset' then
    redis.call('ZADD', KEYS[1], 1, ARGV[3])
elseif ARGV[1] == 'string' then
    redis.call('SET', KEYS[1], ARGV[3])
else
    redis.call('HSET', KEYS[1], unpack(ARGV, 4))
end
if ARGV[2] ~= '0' then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return was
