-- Stands between state.lua and a script of which only the owner of a session may ask. ARGV sid, epoch; then the script's
-- own. Returns text, which no such script does, when the session has another owner or is gone.
owner_sid = table.remove(ARGV, 1)
local owner_epoch = tonumber(table.remove(ARGV, 1))
local owned = call('HGET', STATE .. 's:' .. owner_sid, 'record')
if not owned then
    return 'none'
end
if epoch_of(owned) > owner_epoch then
    return string.format('%.0f', epoch_of(owned))
end
