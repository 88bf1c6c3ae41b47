-- ARGV sid that the page before ended with, sessions, bytes
-- Returns whether there are more, and of each session: sid, record, Will, bytes queued, entries queued,
-- subscriptions, position of the last entry.
local limit = tonumber(ARGV[2])
local page, bytes = {}, 0
for i, sid in ipairs(call('ZRANGEBYLEX', STATE .. 'sessions', '(' .. ARGV[1], '+', 'LIMIT', 0, limit + 1)) do
    if i > limit or bytes >= tonumber(ARGV[3]) then
        return {1, page}
    end
    local head = call('HMGET', STATE .. 's:' .. sid, 'record', 'will', 'bytes')
    local subscriptions = call('HGETALL', STATE .. 'u:' .. sid)
    local last = call('ZRANGE', STATE .. 'q:' .. sid, -1, -1)[1]
    local position = last and position_of(last) or ''
    page[i] = {sid, head[1], head[2], head[3], call('ZCARD', STATE .. 'q:' .. sid), subscriptions, position}
    bytes = bytes + #(head[1] or '') + #(head[2] or '')
    for _, text in ipairs(subscriptions) do
        bytes = bytes + #text
    end
end
return {0, page}
