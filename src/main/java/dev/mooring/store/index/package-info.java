/** What backends share that find messages by topic: entries of a topic's index, merged over topics. */
@NullMarked
package dev.mooring.store.index;

import org.jspecify.annotations.NullMarked;
