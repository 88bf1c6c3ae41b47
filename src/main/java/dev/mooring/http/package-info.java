/** The listener for people and machines that watch over the broker: health, metrics, API. */
@NullMarked
package dev.mooring.http;

import org.jspecify.annotations.NullMarked;
