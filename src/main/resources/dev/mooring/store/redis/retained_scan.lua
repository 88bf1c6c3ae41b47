-- ARGV topic that the page before ended with, messages, bytes
-- Returns whether there are more, and the members: topic, a zero byte, message.
local found, bytes = {}, 0
local more = each(STATE .. 'retained', '(' .. ARGV[1] .. '\1', function(member)
    if #found > 0 and (#found >= tonumber(ARGV[2]) or bytes >= tonumber(ARGV[3])) then
        return false
    end
    found[#found + 1] = member
    bytes = bytes + #member
    return true
end)
return {more and 1 or 0, found}
