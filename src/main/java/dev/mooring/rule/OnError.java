package dev.mooring.rule;

/** What a publisher learns when a step's store operation fails for good. */
public enum OnError {
    /** No acknowledgement as if all were well: MQTT 5 reason code 0x80, MQTT 3.1.1 connection closed. */
    REJECT,
    /** Acknowledged; the failure is counted and logged. */
    ACCEPT
}
