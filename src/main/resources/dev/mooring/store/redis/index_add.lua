-- KEYS[1] mqtt:msg:{topic}   ARGV msgid, score, life in ms, most members, how many the caller added since it asked last
-- Returns the members, 1 when one should look for some whose messages have ended, and the members that had to go with
-- their scores.
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local life = tonumber(ARGV[3])
if redis.call('PTTL', KEYS[1]) < life then
    -- A quarter more, so that not every message has to write it anew.
    redis.call('PEXPIRE', KEYS[1], math.floor(life * 1.25))
end
local max = tonumber(ARGV[4])
local members = redis.call('ZCARD', KEYS[1])
if members > max + math.floor(max / 64) then
    return {members, 1, redis.call('ZPOPMIN', KEYS[1], members - max)}
end
return {members, members % 64 < tonumber(ARGV[5]) and 1 or 0}
