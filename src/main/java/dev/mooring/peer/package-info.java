/**
 * What this node does together with others: it tells them of its sessions and filters, forwards messages, asks for
 * sessions, and makes sure that they have done what they were asked before.
 */
@NullMarked
package dev.mooring.peer;

import org.jspecify.annotations.NullMarked;
