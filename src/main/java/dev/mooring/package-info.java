/** Mooring, an MQTT 3.1.1 and 5.0 broker. */
@NullMarked
package dev.mooring;

import org.jspecify.annotations.NullMarked;
