-- KEYS[1] mqtt:acked:{clientid}:{topic}   ARGV new id, id that is known to be older or '', 1: create it
-- 0: done. 1: there is none. Another id: the caller has to say which is older, for the two have not the same form.
local old = redis.call('GET', KEYS[1])
local new = ARGV[1]
if not old then
    if ARGV[3] ~= '1' then
        return 1
    end
elseif old == new then
    return 0
elseif old ~= '0' and old ~= ARGV[2] then
    if #old ~= 20 or #new ~= 20 then
        return old
    end
    for i = 1, 20 do -- by bytes: < would go by the server's locale
        local a, b = old:byte(i), new:byte(i)
        if a > b then
            return 0
        elseif a < b then
            break
        end
    end
end
redis.call('SET', KEYS[1], new)
return 0
