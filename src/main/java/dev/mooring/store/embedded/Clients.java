package dev.mooring.store.embedded;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Who is online where, and the subscriptions that are kept for a client by others: {@code client, node, sub}. */
final class Clients {
    private static final int ONLINE = 1;
    private static final int OFFLINE = 0;

    private final Rows rows;
    private final Figures figures;

    Clients(Rows rows, Figures figures) {
        this.rows = rows;
        this.figures = figures;
    }

    StoreReply connected(StoreOp.ClientConnected op) throws RocksDBException {
        rows.put(Table.CLIENT, Keys.utf8(op.clientId()), client(ONLINE, op.onlineAtS(), 0, op.node()));
        rows.put(Table.NODE, Keys.pair(op.node(), op.clientId()), online(op.onlineAtS()));
        return StoreReply.DONE;
    }

    /**
     * The client's row changes only while it is this connection's. The node's row goes by its own time: it may be left
     * over from this connection although the client has meanwhile come back on another node.
     */
    StoreReply disconnected(StoreOp.ClientDisconnected op) throws RocksDBException {
        byte[] clientKey = Keys.utf8(op.clientId());
        byte[] nodeKey = Keys.pair(op.node(), op.clientId());
        byte[] client = rows.get(Table.CLIENT, clientKey);
        byte[] node = rows.get(Table.NODE, nodeKey);
        if (client != null && isOf(client, op.node(), op.onlineAtS())) {
            rows.put(Table.CLIENT, clientKey, client(OFFLINE, op.onlineAtS(), op.offlineAtS(), op.node()));
        }
        if (node != null && node.length == 9 && ByteBuffer.wrap(node).getLong(1) == op.onlineAtS()) {
            rows.delete(Table.NODE, nodeKey);
        }
        return StoreReply.DONE;
    }

    /** Every client that this node says is online goes offline: what an earlier life of the node left behind. */
    int clearNode(String node, long offlineAtS) throws RocksDBException {
        byte[] prefix = Keys.pair(node, "");
        List<StoreOp.ClientDisconnected> left = new ArrayList<>();
        try (RocksIterator it = rows.scan(Table.NODE)) {
            for (it.seek(prefix); it.isValid() && Keys.startsWith(it.key(), prefix); it.next()) {
                if (it.value().length == 9) {
                    long onlineAtS = ByteBuffer.wrap(it.value()).getLong(1);
                    String clientId = Keys.second(it.key(), prefix);
                    left.add(new StoreOp.ClientDisconnected(node, clientId, onlineAtS, offlineAtS));
                }
            }
            it.status();
        }
        for (StoreOp.ClientDisconnected op : left) {
            disconnected(op);
        }
        return left.size();
    }

    StoreReply proxies(StoreOp.ProxySave op) throws RocksDBException {
        for (Subscription s : op.saved()) {
            byte[] key = Keys.pair(op.clientId(), s.filter().text());
            rows.put(Table.SUB, key, new byte[] {Table.VERSION, (byte) s.qos()});
        }
        for (String filter : op.removed()) {
            rows.delete(Table.SUB, Keys.pair(op.clientId(), filter));
        }
        return StoreReply.DONE;
    }

    StoreReply subscriptions(String clientId) throws RocksDBException {
        byte[] prefix = Keys.pair(clientId, "");
        List<Subscription> found = new ArrayList<>();
        try (RocksIterator it = rows.scan(Table.SUB)) {
            for (it.seek(prefix); it.isValid() && Keys.startsWith(it.key(), prefix); it.next()) {
                TopicFilter filter = TopicFilter.parse(Keys.second(it.key(), prefix));
                byte[] value = it.value();
                if (filter == null || value.length < 2) {
                    figures.damaged("sub", "a subscription of " + clientId);
                } else {
                    int qos = Math.max(0, Math.min(2, value[1]));
                    found.add(new Subscription(filter, qos, false, false, 0, 0));
                }
            }
            it.status();
        }
        return new StoreReply.Subscriptions(found);
    }

    private static boolean isOf(byte[] client, String node, long onlineAtS) {
        if (client.length < 18) {
            return false;
        }
        ByteBuffer in = ByteBuffer.wrap(client);
        return in.get(0) == Table.VERSION
                && in.get(1) == ONLINE
                && in.getLong(2) == onlineAtS
                && new String(client, 18, client.length - 18, StandardCharsets.UTF_8).equals(node);
    }

    private static byte[] client(int state, long onlineAtS, long offlineAtS, String node) {
        byte[] name = Keys.utf8(node);
        return ByteBuffer.allocate(18 + name.length)
                .put(Table.VERSION)
                .put((byte) state)
                .putLong(onlineAtS)
                .putLong(offlineAtS)
                .put(name)
                .array();
    }

    private static byte[] online(long onlineAtS) {
        return ByteBuffer.allocate(9).put(Table.VERSION).putLong(onlineAtS).array();
    }
}
