-- ARGV sid, position
local member = find(ARGV[1], ARGV[2])
if member then
    drop(ARGV[1], member)
end
return 1
