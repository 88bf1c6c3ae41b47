package dev.mooring.route;

import dev.mooring.message.TopicFilter;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who subscribed to one filter: never empty, sized to fit. One subscriber costs nothing beyond its {@link Member}, a
 * few an array, many a concurrent map, so that the 100,001st subscriber of a topic copies nothing.
 *
 * <p>Writers hold the lock of the filter and store what {@link #with} and {@link #without} return; readers need no
 * lock.
 */
sealed interface Members permits Member, Members.Few, Members.Many, Members.Shared {
    /** Above this many an array is copied no more. */
    int FEW_MAX = 8;

    /** A map that shrank to this many becomes an array again; well below {@link #FEW_MAX}, lest it flip to and fro. */
    int MANY_MIN = 4;

    /** With this member added, or put in the place of the same subscriber's former one. */
    Members with(Member member);

    /** Null when nobody is left. */
    @Nullable
    Members without(Subscriber leaving);

    @Nullable
    Member find(Subscriber wanted);

    void addTo(RouteBuilder route);

    void forEach(Consumer<? super Member> action);

    /** 2 to {@link #FEW_MAX} members; the array is never written after construction. */
    record Few(Member[] members) implements Members {
        @Override
        public Members with(Member member) {
            int at = indexOf(member.subscriber());
            if (at < 0 && members.length == FEW_MAX) {
                Many many = new Many(new ConcurrentHashMap<>(4 * FEW_MAX));
                forEach(many::with);
                return many.with(member);
            }
            Member[] copy = Arrays.copyOf(members, at < 0 ? members.length + 1 : members.length);
            copy[at < 0 ? members.length : at] = member;
            return new Few(copy);
        }

        @Override
        public @Nullable Members without(Subscriber leaving) {
            int at = indexOf(leaving);
            if (at < 0) {
                return this;
            }
            if (members.length == 2) {
                return members[1 - at];
            }
            Member[] copy = Arrays.copyOf(members, members.length - 1);
            if (at < copy.length) {
                copy[at] = members[copy.length];
            }
            return new Few(copy);
        }

        @Override
        public @Nullable Member find(Subscriber wanted) {
            int at = indexOf(wanted);
            return at < 0 ? null : members[at];
        }

        @Override
        public void addTo(RouteBuilder route) {
            for (Member member : members) {
                route.add(member);
            }
        }

        @Override
        public void forEach(Consumer<? super Member> action) {
            for (Member member : members) {
                action.accept(member);
            }
        }

        private int indexOf(Subscriber subscriber) {
            for (int i = 0; i < members.length; i++) {
                if (members[i].subscriber() == subscriber) {
                    return i;
                }
            }
            return -1;
        }
    }

    /**
     * Changed in place. Its iterators show every member that is there from beginning to end, which is all we promise.
     */
    record Many(ConcurrentHashMap<Subscriber, Member> members) implements Members {
        @Override
        public Members with(Member member) {
            members.put(member.subscriber(), member);
            return this;
        }

        @Override
        public Members without(Subscriber leaving) {
            members.remove(leaving);
            return members.size() > MANY_MIN ? this : new Few(members.values().toArray(new Member[0]));
        }

        @Override
        public @Nullable Member find(Subscriber wanted) {
            return members.get(wanted);
        }

        @Override
        public void addTo(RouteBuilder route) {
            for (Member member : members.values()) {
                route.add(member);
            }
        }

        @Override
        public void forEach(Consumer<? super Member> action) {
            members.values().forEach(action);
        }
    }

    /**
     * A filter that has shared groups, and perhaps plain subscribers too. {@link #with}, {@link #without} and
     * {@link #find} concern the plain ones.
     *
     * @param groups by share name; changed in place
     */
    record Shared(@Nullable Members plain, ConcurrentHashMap<String, SharedGroup> groups) implements Members {
        @Override
        public Members with(Member member) {
            return new Shared(plain == null ? member : plain.with(member), groups);
        }

        @Override
        public @Nullable Members without(Subscriber leaving) {
            return plain == null ? this : new Shared(plain.without(leaving), groups);
        }

        @Override
        public @Nullable Member find(Subscriber wanted) {
            return plain == null ? null : plain.find(wanted);
        }

        @Override
        public void addTo(RouteBuilder route) {
            if (plain != null) {
                plain.addTo(route);
            }
            for (SharedGroup group : groups.values()) {
                route.add(group);
            }
        }

        @Override
        public void forEach(Consumer<? super Member> action) {
            if (plain != null) {
                plain.forEach(action);
            }
            for (SharedGroup group : groups.values()) {
                group.members().forEach(action);
            }
        }

        /** Null when there are no groups and nobody else. */
        @Nullable
        Members simplified() {
            return groups.isEmpty() ? plain : this;
        }
    }

    /** The group of a shared filter among the subscribers of its inner filter. */
    static @Nullable SharedGroup group(@Nullable Members members, TopicFilter filter) {
        return filter.group() != null && members instanceof Shared shared ? shared.groups.get(filter.group()) : null;
    }
}
