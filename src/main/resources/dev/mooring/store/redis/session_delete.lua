-- ARGV sid, entries, bytes   Returns 1 while there is more to do: a call takes so many entries at most, since other
-- clients of the server wait meanwhile. The record goes last, so that a broker that ends in between finds it again.
local sid = ARGV[1]
local queue = STATE .. 'q:' .. sid
local count, bytes, last = 0, 0, ''

local more = each(queue, '-', function(member)
    if count >= tonumber(ARGV[2]) or bytes >= tonumber(ARGV[3]) then
        return false
    end
    count = count + 1
    bytes = bytes + size_of(member)
    last = position_of(member)
    release(member)
    return true
end)
if more then
    call('ZREMRANGEBYLEX', queue, '-', '(' .. last .. '\255')
    count_bytes(sid, -bytes)
    return 1
end
call('ZREM', STATE .. 'sessions', sid)
call('UNLINK', queue, STATE .. 's:' .. sid, STATE .. 'u:' .. sid, STATE .. 'g:' .. sid, STATE .. 'f:' .. sid,
    STATE .. 'i:' .. sid)
return 0
