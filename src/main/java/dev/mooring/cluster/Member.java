package dev.mooring.cluster;

/**
 * A node that the cluster has, and where its links are answered.
 *
 * @param port of its links
 * @param wireMin the oldest version of the wire that it speaks
 * @param wire the newest one
 */
public record Member(NodeId id, String host, int port, int wireMin, int wire) {}
