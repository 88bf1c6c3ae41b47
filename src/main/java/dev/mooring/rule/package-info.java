/** Hooks and the actions that run on them. */
@NullMarked
package dev.mooring.rule;

import org.jspecify.annotations.NullMarked;
