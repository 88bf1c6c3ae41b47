-- Stands before every script of the broker's own state. KEYS[1] is mooring:{state}: ; all its keys begin so, hence are
-- in one slot, and the scripts put their names together from it. A sid is the id of a session, 16 hex digits.
--
-- A member of a queue is position 16, version 1, flags 1 (16: the body stands elsewhere), size 4, and more. All scores
-- are 0, so members sort by position. (Lua's own order of strings depends on the locale of the server.)
local STATE = KEYS[1]
local call = redis.call
local CHUNK = 32
local owner_sid -- of who asks, where guard.lua has made sure of it

local function position_of(member)
    return string.sub(member, 1, 16)
end

local function is_newer(id, than)
    for i = 1, 16 do
        if string.byte(id, i) ~= string.byte(than, i) then
            return string.byte(id, i) > string.byte(than, i)
        end
    end
    return false
end

local function size_of(member)
    return (struct.unpack('>I4', member, 19))
end

local function is_elsewhere(member)
    return bit.band(string.byte(member, 18), 16) ~= 0
end

local function find(sid, position)
    return call('ZRANGEBYLEX', STATE .. 'q:' .. sid, '[' .. position, '(' .. position .. '\255', 'LIMIT', 0, 1)[1]
end

-- Gives the members of a sorted set from there on to visit, until it says false; returns whether it did. Few at a time,
-- as members may be large. Those that were visited may be removed meanwhile.
local function each(key, from, visit)
    while true do
        local members = call('ZRANGEBYLEX', key, from, '+', 'LIMIT', 0, CHUNK)
        for _, member in ipairs(members) do
            if not visit(member) then
                return true
            end
        end
        if #members < CHUNK then
            return false
        end
        from = '(' .. members[CHUNK]
    end
end

-- Of a session's record: behind the version, 8 bytes. Epochs have 53 bits, so a double holds them.
local function epoch_of(record)
    local high, low = struct.unpack('>I4I4', record, 2)
    return high * 4294967296 + low
end

local function count_bytes(sid, bytes)
    local key = STATE .. 's:' .. sid
    if call('HINCRBY', key, 'bytes', bytes) == 0 then
        call('HDEL', key, 'bytes')
    end
end

-- A body that several queues have goes with the last of them.
local function release(member)
    if is_elsewhere(member) then
        local body = STATE .. 'm:' .. position_of(member)
        if call('HINCRBY', body, 'queues', -1) <= 0 then
            call('UNLINK', body)
        end
    end
end

local function drop(sid, member)
    call('ZREM', STATE .. 'q:' .. sid, member)
    call('HDEL', STATE .. 'f:' .. sid, position_of(member))
    count_bytes(sid, -size_of(member))
    release(member)
end

-- The body that stands elsewhere, or false.
local function body_of(member)
    return is_elsewhere(member) and call('HGET', STATE .. 'm:' .. position_of(member), 'body')
end
