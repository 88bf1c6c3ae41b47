package dev.mooring.cluster;

/**
 * What travels by a {@link PeerLink}. Immutable. Its {@link BodyType} reads it back.
 *
 * <p>How a body may change: fields are only ever added at its end, and a reader leaves alone what it does not know
 * there. A new body gets a new number. So nodes of two adjacent versions understand each other.
 */
public interface LinkBody {
    /** Number of its {@link BodyType}. */
    int type();

    /** @param version of the wire, that both sides of the link know; never more than {@link Wire#VERSION} */
    void write(BodyWriter out, int version);
}
