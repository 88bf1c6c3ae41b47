/** All that a store holds as a file of lines, and back: what {@code mooring data} does. */
@NullMarked
package dev.mooring.data;

import org.jspecify.annotations.NullMarked;
