-- KEYS[1] mqtt:msg:{topic}   ARGV ZRANGEBYLEX or ZREVRANGEBYLEX, from, to, count, most members of a whole index
-- {1, ids in order of time} or, where byte order is not that of time, {0, all ids}. {2, {}}: there is no such index.
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[1] then
    return {2, {}}
end
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if first[2] == last[2] and #first[1] == 20 and #last[1] == 20 then
    return {1, redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])}
end
return {0, redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[5]) - 1)}
