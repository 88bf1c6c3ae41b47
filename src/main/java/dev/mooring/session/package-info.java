/** The protocol state machine of one client, without clock, thread or I/O, and the authority over sessions. */
@NullMarked
package dev.mooring.session;

import org.jspecify.annotations.NullMarked;
