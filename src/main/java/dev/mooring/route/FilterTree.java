package dev.mooring.route;

import dev.mooring.message.TopicFilter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The filters with wildcards, as a tree of topic levels. See {@link SubscriptionIndex} for the whole.
 *
 * <p><b>Matching</b> goes down level by level with the set of nodes that match so far. Each node of the tree has one
 * way from the root, so it enters the set at most once: the work is the number of nodes that match a beginning of the
 * topic, however much {@code +} they contain, and there is no recursion that a topic of 32,767 levels could overflow.
 *
 * <p><b>Writing</b> locks one of {@link #LOCKS} locks, chosen by the first level of the filter. All nodes below a first
 * level are changed under that one lock, so a writer may prune empty nodes bottom-up without meeting another. Only the
 * root is shared by several locks; its children are a concurrent map from the beginning, and each of its other fields
 * belongs to one first level. A reader may stand on a node while it is pruned: the node is empty, so it finds nothing
 * there, which is right. If the filter comes back, it gets new nodes, linked from the root before subscribe returns.
 *
 * <p><b>Memory.</b> Most nodes have no child or one; those hold it directly. A few stand in an array that is copied on
 * write, more in a map.
 */
final class FilterTree {
    /** Writers whose filters begin with different levels rarely wait for each other. A power of two. */
    static final int LOCKS = 64;

    private final Object[] locks = new Object[LOCKS];
    private final Node root = new Node(null, "");
    private final LongAdder nodes = new LongAdder();

    FilterTree() {
        Arrays.setAll(locks, i -> new Object());
        root.children = new NodeMap();
    }

    /** Nodes besides the root: 0 when there are no filters. */
    long nodes() {
        return nodes.sum();
    }

    /** Applies the change to the members of {@code filter}, adding or pruning nodes as needed. */
    void change(String filter, Change change) {
        int slash = filter.indexOf('/');
        String first = slash < 0 ? filter : filter.substring(0, slash);
        int hash = first.hashCode();
        synchronized (locks[(hash ^ hash >>> 16) & (LOCKS - 1)]) {
            boolean isHash = filter.charAt(filter.length() - 1) == '#';
            Node node = walk(filter, isHash, change.isJoin());
            if (node == null) {
                return;
            }
            Members after = change.apply(filter, isHash ? node.hash : node.here);
            if (isHash) {
                node.hash = after;
            } else {
                node.here = after;
            }
            while (node.parent != null && node.isEmpty()) {
                node.parent.remove(node);
                nodes.decrement();
                node = node.parent;
            }
        }
    }

    /** The members of exactly this filter. */
    @Nullable
    Members get(TopicFilter filter) {
        boolean isHash = filter.filter().charAt(filter.filter().length() - 1) == '#';
        Node node = walk(filter.filter(), isHash, false);
        return node == null ? null : isHash ? node.hash : node.here;
    }

    /** Adds the members of all filters that match to the route. */
    void match(String topic, RouteBuilder route) {
        Node[] nodesHere = new Node[4];
        Node[] nodesBelow = new Node[4];
        nodesHere[0] = root;
        int count = 1;
        boolean wild = topic.charAt(0) != '$'; // [MQTT-4.7.2-1] concerns the first level only
        int start = 0;
        while (start >= 0 && count > 0) {
            int slash = topic.indexOf('/', start);
            String level = null; // cut out only if a node has children to look it up in
            int below = 0;
            for (int i = 0; i < count; i++) {
                Node node = nodesHere[i];
                if (below + 2 > nodesBelow.length) {
                    nodesBelow = Arrays.copyOf(nodesBelow, 2 * nodesBelow.length);
                }
                if (wild) {
                    Members all = node.hash;
                    if (all != null) {
                        route.addFilter(all);
                    }
                    Node plus = node.plus;
                    if (plus != null) {
                        nodesBelow[below++] = plus;
                    }
                }
                Object children = node.children;
                if (children != null) {
                    if (level == null) {
                        level = slash < 0 ? topic.substring(start) : topic.substring(start, slash);
                    }
                    Node child = Node.find(children, level);
                    if (child != null) {
                        nodesBelow[below++] = child;
                    }
                }
            }
            Node[] swap = nodesHere;
            nodesHere = nodesBelow;
            nodesBelow = swap;
            count = below;
            wild = true;
            start = slash < 0 ? -1 : slash + 1;
        }
        for (int i = 0; i < count; i++) {
            Members here = nodesHere[i].here;
            if (here != null) {
                route.addFilter(here);
            }
            Members all = nodesHere[i].hash; // "a/#" matches "a" too
            if (all != null) {
                route.addFilter(all);
            }
        }
    }

    /** Shows all members, those that come or go meanwhile perhaps. */
    void forEach(Consumer<? super Member> action) {
        ArrayDeque<Node> open = new ArrayDeque<>();
        open.push(root);
        while (!open.isEmpty()) {
            Node node = open.pop();
            if (node.here != null) {
                node.here.forEach(action);
            }
            if (node.hash != null) {
                node.hash.forEach(action);
            }
            if (node.plus != null) {
                open.push(node.plus);
            }
            if (node.children instanceof Node only) {
                open.push(only);
            } else if (node.children instanceof Node[] few) {
                for (Node child : few) {
                    open.push(child);
                }
            } else if (node.children instanceof NodeMap many) {
                many.values().forEach(open::push);
            }
        }
    }

    /** The node that holds the filter's members; with {@code #} that is the node of the level before it. */
    private @Nullable Node walk(String filter, boolean isHash, boolean create) {
        Node node = root;
        int end = isHash ? filter.length() - 2 : filter.length(); // without "/#"; -1 for "#" alone
        int start = 0;
        while (node != null && start <= end) {
            int slash = filter.indexOf('/', start);
            int levelEnd = slash < 0 ? end : slash;
            boolean plus = levelEnd - start == 1 && filter.charAt(start) == '+';
            String level = plus ? "+" : filter.substring(start, levelEnd);
            Node child = plus ? node.plus : node.child(level);
            if (child == null && create) {
                child = new Node(node, level);
                nodes.increment();
                if (plus) {
                    node.plus = child;
                } else {
                    node.add(child);
                }
            }
            node = child;
            start = levelEnd + 1;
        }
        return node;
    }

    /** Its own class, so that a look at the type tells which form the children have. */
    private static final class NodeMap extends ConcurrentHashMap<String, Node> {
        private static final long serialVersionUID = 1;
    }

    /** Written under a lock of the tree, read without. */
    private static final class Node {
        /** Above this many children a map is quicker than a walk. */
        private static final int FEW_MAX = 8;

        private static final int MANY_MIN = 4;

        final @Nullable Node parent;
        final String level;
        /** Who subscribed to the filter that ends here. */
        volatile @Nullable Members here;
        /** Who subscribed to this filter and {@code /#}. */
        volatile @Nullable Members hash;

        volatile @Nullable Node plus;
        /** Null, a {@link Node}, a {@code Node[]} never written again, or a {@link NodeMap}. */
        volatile @Nullable Object children;

        Node(@Nullable Node parent, String level) {
            this.parent = parent;
            this.level = level;
        }

        boolean isEmpty() {
            return here == null && hash == null && plus == null && children == null;
        }

        @Nullable
        Node child(String wanted) {
            Object now = children;
            return now == null ? null : find(now, wanted);
        }

        static @Nullable Node find(Object children, String level) {
            if (children instanceof Node only) {
                return only.level.equals(level) ? only : null;
            }
            if (children instanceof NodeMap many) {
                return many.get(level);
            }
            for (Node child : (Node[]) children) {
                if (child.level.equals(level)) {
                    return child;
                }
            }
            return null;
        }

        void add(Node child) {
            if (children instanceof NodeMap many) {
                many.put(child.level, child);
            } else if (children instanceof Node[] few) {
                if (few.length < FEW_MAX) {
                    Node[] copy = Arrays.copyOf(few, few.length + 1);
                    copy[few.length] = child;
                    children = copy;
                } else {
                    NodeMap many = new NodeMap();
                    for (Node each : few) {
                        many.put(each.level, each);
                    }
                    many.put(child.level, child);
                    children = many;
                }
            } else {
                children = children instanceof Node only ? new Node[] {only, child} : child;
            }
        }

        void remove(Node child) {
            if (child == plus) {
                plus = null;
            } else if (children instanceof NodeMap many) {
                many.remove(child.level);
                if (parent != null && many.size() <= MANY_MIN) { // the root keeps its map
                    children = many.values().toArray(new Node[0]);
                }
            } else if (children instanceof Node[] few) {
                Node[] copy = new Node[few.length - 1];
                int to = 0;
                for (Node each : few) {
                    if (each != child) {
                        copy[to++] = each;
                    }
                }
                children = copy.length == 1 ? copy[0] : copy;
            } else {
                children = null;
            }
        }
    }
}
