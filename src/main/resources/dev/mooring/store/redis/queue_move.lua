-- ARGV sid, other sid, most QoS, "" to take RETAIN away, identifiers with their number before, id of this move, positions
-- Returns how much has joined the other queue: entries and bytes. Its session remembers that with the id, for each queue
-- that it gets something from; so a move that comes again answers as it did.
local from, to, qos_max, retain, identifiers = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local by, key, field = ARGV[6], STATE .. 's:' .. to, 'move:' .. from
local count, bytes = 0, 0
if from == to then
    return {0, 0}
end
local last = call('HGET', key, field)
if last and position_of(last) == by then
    local c, b = string.match(last, '(%d+) (%d+)', 17)
    return {tonumber(c), tonumber(b)}
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

for i = 7, #ARGV do
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
            count = count + 1
            bytes = bytes + size_of(member)
        end
    end
end
call('HSET', key, field, by .. string.format('%.0f %.0f', count, bytes))
return {count, bytes}
