-- ARGV sid, other sid, most QoS, "" to take RETAIN away, identifiers with their number before, positions
local from, to, qos_max, retain, identifiers = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
if from == to then
    return 1
end

-- The member as the subscription of its new owner makes it: flags are qos 0..1 and retain 4.
local function moved(member)
    local flags = string.byte(member, 18)
    local qos = bit.band(flags, 3)
    flags = flags - qos + math.min(qos, qos_max)
    if retain == '' then
        flags = bit.band(flags, bit.bnot(4))
    end
    local count = struct.unpack('>I2', member, 23)
    return string.sub(member, 1, 17) .. string.char(flags) .. string.sub(member, 19, 22) .. identifiers
        .. string.sub(member, 25 + 4 * count)
end

for i = 6, #ARGV do
    local position = ARGV[i]
    local member = find(from, position)
    if member and call('HEXISTS', STATE .. 'f:' .. from, position) == 0 then
        call('ZREM', STATE .. 'q:' .. from, member)
        count_bytes(from, -size_of(member))
        if find(to, position) then
            release(member)
        else
            call('ZADD', STATE .. 'q:' .. to, 0, moved(member))
            count_bytes(to, size_of(member))
        end
    end
end
return 1
