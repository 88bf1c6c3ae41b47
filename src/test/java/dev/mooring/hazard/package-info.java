/**
 * What broke other brokers, sent to this one: hazards and CVE inputs over real sockets, against the whole broker. Each
 * test shows the answer that the standard names, that only the attacker's connection suffers (a {@link Witness} keeps
 * being served), and, where that is the point, that memory and time stay bounded.
 */
package dev.mooring.hazard;
