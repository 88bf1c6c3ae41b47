package dev.mooring.config;

import java.util.Collection;

/** Finds the word somebody meant: the nearest by edit distance, where swapped neighbours count as one mistake. */
final class DidYouMean {
    /** Longer words are nobody's typing mistake, and the search takes their square. */
    private static final int LENGTH_MAX = 64;

    private DidYouMean() {}

    /** {@code ; did you mean "…"?} or, when nothing is near, the empty text. */
    static String hint(String word, Collection<String> known) {
        if (word.length() > LENGTH_MAX) {
            return "";
        }
        String best = "";
        int bestDistance = Math.max(1, word.length() / 3) + 1;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? "" : "; did you mean \"" + best + "\"?";
    }

    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                d[i][j] = i == 0 || j == 0 ? i + j : step(d, a, b, i, j);
            }
        }
        return d[a.length()][b.length()];
    }

    private static int step(int[][] d, String a, String b, int i, int j) {
        char x = Character.toLowerCase(a.charAt(i - 1));
        char y = Character.toLowerCase(b.charAt(j - 1));
        int least = Math.min(d[i - 1][j - 1] + (x == y ? 0 : 1), Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, d[i - 2][j - 2] + 1) : least;
    }
}
