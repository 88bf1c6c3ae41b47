-- KEYS[1] mqtt:msg:{msgid}   ARGV life in ms or 0 for ever, fields and values
-- What is published and retained has one body for both: whichever comes first or again, the longer life stays.
local life = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
if life == 0 then
    redis.call('PERSIST', KEYS[1])
elseif left ~= -1 and left < life then
    redis.call('PEXPIRE', KEYS[1], life)
end
return 0
