package dev.mooring.cli;

/** Text of strangers on the way to a terminal. */
final class Words {
    private Words() {}

    /** Control characters and line ends become question marks: a client id must not move the cursor. */
    static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x{85}\\x{2028}\\x{2029}]", "?");
    }
}
