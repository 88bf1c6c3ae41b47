-- ARGV sid, position, entries, bytes
-- Returns whether more are there, and of the entries not in flight: member and body that stands elsewhere, in turn.
local sid, limit, bytes_max = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local marks = STATE .. 'f:' .. sid
local marked = call('EXISTS', marks) == 1
local found, count, bytes = {}, 0, 0

local more = each(STATE .. 'q:' .. sid, '(' .. ARGV[2] .. '\255', function(member)
    if marked and call('HEXISTS', marks, position_of(member)) == 1 then
        return true
    end
    bytes = bytes + size_of(member)
    if count > 0 and (count >= limit or bytes > bytes_max) then
        return false
    end
    count = count + 1
    found[2 * count - 1] = member
    found[2 * count] = body_of(member)
    return true
end)
return {more and 1 or 0, found}
