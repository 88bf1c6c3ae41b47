/**
 * Redis and its relatives, in the layout of EMQX's persistence plug-in. The way of an operation: {@code RedisStore}
 * chooses by kind, a class of this package says it in commands, {@code Pipeline} sends those of many operations as one
 * batch, {@code RedisLink} keeps the connection.
 */
@NullMarked
package dev.mooring.store.redis;

import org.jspecify.annotations.NullMarked;
