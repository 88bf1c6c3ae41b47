-- KEYS[1] mqtt:msg:{msgid}   ARGV 1: also if it says that it is retained
-- 1: it says so, and is still there. What is no hash is no message, but the index of a topic of that name.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
    return 0
end
if ARGV[1] ~= '1' then
    local retain = redis.call('HGET', KEYS[1], 'retain')
    if retain == 'true' or retain == '1' then
        return 1
    end
end
redis.call('DEL', KEYS[1])
return 0
