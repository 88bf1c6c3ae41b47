-- KEYS[1] topics that have something, [2] those that were seen without   ARGV topic, seconds, now
-- Others may have noted that the topic is known, and write without saying so, for less than these seconds.
local now = tonumber(ARGV[3])
local since = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not since then
    redis.call('ZADD', KEYS[2], now, ARGV[1])
elseif now - tonumber(since) >= tonumber(ARGV[2]) then
    redis.call('ZREM', KEYS[1], ARGV[1])
    redis.call('ZREM', KEYS[2], ARGV[1])
end
return 0
