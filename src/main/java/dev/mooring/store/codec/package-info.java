/** The bytes of messages, queue entries and sessions, the same in every backend that keeps them as bytes. */
@NullMarked
package dev.mooring.store.codec;

import org.jspecify.annotations.NullMarked;
