-- KEYS[1] mqtt:client:{clientid}   ARGV node, online_at, offline_at
-- A disconnect that comes late must not hide a newer connect, on this node or on another.
local client = redis.call('HMGET', KEYS[1], 'node', 'online_at')
if client[1] == ARGV[1] and client[2] == ARGV[2] then
    redis.call('HSET', KEYS[1], 'state', '0', 'offline_at', ARGV[3])
    return 1
end
return 0
