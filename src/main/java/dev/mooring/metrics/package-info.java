/** Counters of the broker and the $SYS topics. */
@NullMarked
package dev.mooring.metrics;

import org.jspecify.annotations.NullMarked;
