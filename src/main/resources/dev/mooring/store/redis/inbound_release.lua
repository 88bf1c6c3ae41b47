-- ARGV sid, packet id
call('SREM', STATE .. 'i:' .. ARGV[1], ARGV[2])
return 1
