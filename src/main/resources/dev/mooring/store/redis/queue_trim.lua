-- ARGV sid, id of the message that made it necessary, entries, bytes, entries that one call may drop, position that is too new
-- Returns whether to call again, and how much is gone: entries, bytes, and the position of the last one or ''. The
-- session remembers all of it with the id; so a trim that comes again drops nothing and answers as it did, and one of several calls knows where it is. (An entry
-- whose ENQUEUE may come again would stay then, uncounted; who asks gives a position that is older than those.)
local sid, by = ARGV[1], ARGV[2]
local key = STATE .. 's:' .. sid
local count, bytes, dropped, more, till = 0, 0, 0, 0, ''

local last = call('HGET', key, 'trim')
if last and position_of(last) == by then
    local c, b, m, at = string.match(last, '(%d+) (%d+) (%d)()', 17)
    count, bytes, till = tonumber(c), tonumber(b), string.sub(last, at)
    if m == '0' then
        return {0, count, bytes, till}
    end
elseif last and is_newer(position_of(last), by) then
    return {0, 0, 0, ''}
end

each(STATE .. 'q:' .. sid, '-', function(member)
    if (count >= tonumber(ARGV[3]) and bytes >= tonumber(ARGV[4])) or not is_newer(ARGV[6], position_of(member)) then
        return false
    end
    if call('HEXISTS', STATE .. 'f:' .. sid, position_of(member)) == 0 then
        if dropped >= tonumber(ARGV[5]) then
            more = 1
            return false
        end
        drop(sid, member)
        dropped = dropped + 1
        count = count + 1
        bytes = bytes + size_of(member)
        till = position_of(member)
    end
    return true
end)
call('HSET', key, 'trim', by .. string.format('%.0f %.0f %d', count, bytes, more) .. till)
return {more, count, bytes, till}
