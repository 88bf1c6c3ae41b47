/**
 * Amazon DynamoDB, in the tables of EMQX's persistence plug-in. The way of an operation: {@code DynamoDbStore} chooses
 * by kind, a class of this package says it in items, {@code Stages} puts operations that do not concern each other side
 * by side, {@code Writes} sends items in batches, {@code DynamoDbLink} keeps the connections.
 */
@NullMarked
package dev.mooring.store.dynamodb;

import org.jspecify.annotations.NullMarked;
