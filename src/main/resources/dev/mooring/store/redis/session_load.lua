-- ARGV sid, state of a released entry
-- Returns entries in flight (member, mark, body that stands elsewhere, in turn), inbound packet ids, fetches.
local sid = ARGV[1]
local entries = {}
local marks = call('HGETALL', STATE .. 'f:' .. sid)
for i = 1, #marks, 2 do
    local member = find(sid, marks[i])
    if member then
        local released = string.byte(marks[i + 1], 4) == tonumber(ARGV[2])
        entries[#entries + 1] = member
        entries[#entries + 1] = marks[i + 1]
        entries[#entries + 1] = not released and body_of(member)
    end
end
return {entries, call('SMEMBERS', STATE .. 'i:' .. sid), call('HGETALL', STATE .. 'g:' .. sid)}
