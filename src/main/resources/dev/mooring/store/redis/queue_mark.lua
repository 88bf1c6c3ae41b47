-- ARGV sid, position, mark   Returns whether the entry is there.
if not find(ARGV[1], ARGV[2]) then
    return 0
end
call('HSET', STATE .. 'f:' .. ARGV[1], ARGV[2], ARGV[3])
return 1
