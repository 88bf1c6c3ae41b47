package dev.mooring.bench;

import dev.mooring.peers.Suite;
import java.util.List;

/** {@code peers ...}: brokers side by side; anything else is for JMH. */
public final class Main {
    private Main() {}

    public static void main(String[] words) throws Exception {
        if (words.length > 0 && words[0].equals("peers")) {
            Suite.main(List.of(words).subList(1, words.length));
        } else {
            org.openjdk.jmh.Main.main(words);
        }
    }
}
