package dev.mooring.mqtt;

import dev.mooring.route.SharedGroup;
import dev.mooring.route.Target;
import org.jspecify.annotations.Nullable;

/** The chosen member of each shared group; null where nobody is on line. */
final class Picks {
    static final Picks NONE = new Picks(0);

    final SharedGroup[] groups;
    final @Nullable Target[] targets;
    int size;

    Picks(int max) {
        groups = new SharedGroup[max];
        targets = new Target[max];
    }

    /** Whether some member is live on another node. */
    boolean areElsewhere() {
        for (int i = 0; i < size; i++) {
            Target target = targets[i];
            if (target != null && RelayPath.isElsewhere(target)) {
                return true;
            }
        }
        return false;
    }

    void add(SharedGroup group, @Nullable Target target) {
        groups[size] = group;
        targets[size++] = target;
    }
}
