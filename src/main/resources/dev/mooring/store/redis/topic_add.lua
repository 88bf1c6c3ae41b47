-- KEYS[1] topics that have something, [2] those that were seen without   ARGV topic, cursor, count
-- Answers with the topics after the cursor: somebody should see whether they still have anything.
redis.call('ZADD', KEYS[1], 0, ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], '+', 'LIMIT', 0, ARGV[3])
