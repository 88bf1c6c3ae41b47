package dev.mooring.message;

/** How message ids look in stores. Readers tell them apart by length: see {@link MessageId#parse}. */
public enum IdFormat {
    /** 20 characters, whose byte order is the order of time. */
    BASE62,
    /** 47 characters, as EMQX 3 and 4 write and read them. Their order says nothing. */
    EMQX4;

    public String text(MessageId id) {
        return this == BASE62 ? id.toString() : Emqx4Text.of(id);
    }
}
