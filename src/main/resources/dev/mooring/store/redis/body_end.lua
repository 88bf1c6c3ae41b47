-- KEYS[1] mqtt:msg:{msgid}   ARGV life in ms
if redis.call('PTTL', KEYS[1]) == -1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return 0
