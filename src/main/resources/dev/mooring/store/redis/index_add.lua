-- KEYS[1] mqtt:msg:{topic}   ARGV msgid, score, life in ms, most members
-- nil: nothing to do. {members}: look for members whose messages have ended. {members, dropped ids with scores}.
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local life = tonumber(ARGV[3])
if redis.call('PTTL', KEYS[1]) < life then
    -- A quarter more, so that not every message has to write it anew.
    redis.call('PEXPIRE', KEYS[1], math.floor(life * 1.25))
end
local max = tonumber(ARGV[4])
local members = redis.call('ZCARD', KEYS[1])
if members > max + math.floor(max / 64) then
    return {members, redis.call('ZPOPMIN', KEYS[1], members - max)}
end
if members % 64 == 0 then
    return {members}
end
return false
