/** Event bus addresses, bodies and the codec that passes them by reference. */
@NullMarked
package dev.mooring.bus;

import org.jspecify.annotations.NullMarked;
