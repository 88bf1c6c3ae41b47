/** The vocabulary of the broker: immutable values that know nobody else. */
@NullMarked
package dev.mooring.message;

import org.jspecify.annotations.NullMarked;
