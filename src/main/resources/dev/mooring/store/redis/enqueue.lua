-- ARGV position, body when it is to stand elsewhere or '', inbound sid or '', inbound packet id, Will's sid or '',
-- topic when its retained message changes or '', retained message or '', when that ends in ms or '', now in ms; then
-- sid and member of each queue: of a copy, its position is another.
local position, body = ARGV[1], ARGV[2]

-- A packet id that its session's owner wants to note, and that is there, was noted by this very operation when it was
-- tried before: what it enqueued then may have been delivered by another node, and must not come back.
local noted = ARGV[3] ~= '' and call('SADD', STATE .. 'i:' .. ARGV[3], ARGV[4])
if noted == 0 and ARGV[3] == owner_sid then
    return 1
end

local holders = 0
for i = 10, #ARGV, 2 do
    local sid, member = ARGV[i], ARGV[i + 1]
    if not find(sid, position_of(member)) then
        call('ZADD', STATE .. 'q:' .. sid, 0, member)
        count_bytes(sid, size_of(member))
        holders = holders + (is_elsewhere(member) and 1 or 0)
    end
end
if holders > 0 then
    call('HSETNX', STATE .. 'm:' .. position, 'body', body)
    call('HINCRBY', STATE .. 'm:' .. position, 'queues', holders)
end

if ARGV[5] ~= '' then
    call('HDEL', STATE .. 's:' .. ARGV[5], 'will')
end

-- No topic contains a zero byte; so it ends the topic, and topics sort as text.
local function retain(topic, message, ends)
    local retained, ending = STATE .. 'retained', STATE .. 'retained:until'
    call('ZREMRANGEBYLEX', retained, '[' .. topic .. '\0', '(' .. topic .. '\1')
    if message ~= '' then
        call('ZADD', retained, 0, topic .. '\0' .. message)
    end
    if ends == '' then
        call('ZREM', ending, topic)
    else
        call('ZADD', ending, ends, topic)
    end
end

-- Each change takes two that have ended away, so they can't gather.
if ARGV[6] ~= '' then
    for _, topic in ipairs(call('ZRANGEBYSCORE', STATE .. 'retained:until', '-inf', ARGV[9], 'LIMIT', 0, 2)) do
        retain(topic, '', '')
    end
    -- Another node may have stored a later one already. Its id is behind two bytes.
    local topic = ARGV[6]
    local stored = call('ZRANGEBYLEX', STATE .. 'retained', '[' .. topic .. '\0', '(' .. topic .. '\1', 'LIMIT', 0, 1)[1]
    if not stored or not is_newer(string.sub(stored, #topic + 4, #topic + 19), position) then
        retain(topic, ARGV[7], ARGV[8])
    end
end
return 1
