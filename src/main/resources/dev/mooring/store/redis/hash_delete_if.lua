-- KEYS[1] a hash   ARGV field, value
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
    redis.call('DEL', KEYS[1])
end
return 0
