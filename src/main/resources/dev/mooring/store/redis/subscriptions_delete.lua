-- ARGV sid, filters
local sid = ARGV[1]
local ended = {}
for i = 2, #ARGV do
    call('HDEL', STATE .. 'u:' .. sid, ARGV[i])
    ended[ARGV[i]] = true
end
-- The name of a fetch begins with its filter behind 2 bytes of length.
local fetches = STATE .. 'g:' .. sid
for _, name in ipairs(call('HKEYS', fetches)) do
    if ended[string.sub(name, 3, 2 + struct.unpack('>I2', name))] then
        call('HDEL', fetches, name)
    end
end
return 1
