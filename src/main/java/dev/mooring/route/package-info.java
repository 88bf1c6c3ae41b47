/** Who gets a message: subscriptions, shared groups, retained messages. */
@NullMarked
package dev.mooring.route;

import org.jspecify.annotations.NullMarked;
