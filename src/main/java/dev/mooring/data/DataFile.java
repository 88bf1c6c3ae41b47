package dev.mooring.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The form of the file: lines of JSON in UTF-8, each ended by a line feed, as a whole in gzip if wanted. The first says
 * what it is, the last how many there are and the SHA-256 of all bytes before it. {@code docs/operations.md} describes
 * it for people.
 */
final class DataFile {
    /** A change that an older program would misread makes it greater. */
    static final int FORMAT = 1;

    static final String HEAD = "mooring-data";
    static final String END = "end";

    private DataFile() {}

    /** Takes a payload of any length that MQTT has. */
    static ObjectMapper mapper() {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
        return new ObjectMapper(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
