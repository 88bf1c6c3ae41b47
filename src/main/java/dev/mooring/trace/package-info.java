/** Records of what single clients, topics or addresses do, while an administrator wants them. */
@NullMarked
package dev.mooring.trace;

import org.jspecify.annotations.NullMarked;
