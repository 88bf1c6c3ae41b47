-- ARGV sid, other sid, positions
local from, to = ARGV[1], ARGV[2]
for i = 3, #ARGV do
    local position = ARGV[i]
    local member = find(from, position)
    if member and call('HEXISTS', STATE .. 'f:' .. from, position) == 0 then
        call('ZREM', STATE .. 'q:' .. from, member)
        count_bytes(from, -size_of(member))
        if find(to, position) then
            release(member)
        else
            call('ZADD', STATE .. 'q:' .. to, 0, member)
            count_bytes(to, size_of(member))
        end
    end
end
return 1
