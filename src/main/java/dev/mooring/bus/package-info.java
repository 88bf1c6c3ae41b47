/**
 * Event bus addresses, bodies, the codec that passes them by reference, and the points where tests crash the broker.
 */
@NullMarked
package dev.mooring.bus;

import org.jspecify.annotations.NullMarked;
