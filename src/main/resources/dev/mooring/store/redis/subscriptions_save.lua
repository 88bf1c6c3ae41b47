-- ARGV sid; then filter and subscription in turn
for i = 2, #ARGV, 2 do
    call('HSET', STATE .. 'u:' .. ARGV[1], ARGV[i], ARGV[i + 1])
end
return 1
