package dev.mooring.message;

/** Unit of times, since 1970, in the documented layouts. */
public enum TimestampUnit {
    S,
    MS;

    public long ofMs(long ms) {
        return this == MS ? ms : Math.floorDiv(ms, 1000L);
    }

    public long ofS(long s) {
        return this == MS ? s * 1000 : s;
    }
}
