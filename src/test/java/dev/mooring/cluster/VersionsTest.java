package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Nodes of two adjacent versions work together: a body that has grown, one that is new, and one that may be left out.
 */
class VersionsTest {
    /** {@link Note} as the next version has it: with a field more. */
    private record NoteOf2(int number, int size, int extra) implements LinkBody {
        @Override
        public int type() {
            return Note.TYPE;
        }

        @Override
        public void write(BodyWriter out, int version) {
            out.i32(number).bytes(new byte[size]);
            if (version >= 2) {
                out.i32(extra);
            }
        }

        static NoteOf2 read(BodyReader in, int version) throws Malformed {
            return new NoteOf2(in.i32(), in.bytes().length, version >= 2 ? in.i32() : -1);
        }
    }

    /** New in version 2. */
    private record News(int type) implements LinkBody {
        @Override
        public void write(BodyWriter out, int version) {
            out.text("news");
        }

        static BodyType type(int number) {
            return new BodyType(number, "news " + number, 2, (in, version) -> new News(number));
        }
    }

    private static final int NEEDED = 41;
    private static final int LEFT_OUT = BodyType.OPTIONAL + 41;

    private static final Wire ONE = Wire.of(1, 1, List.of(Note.BODY_TYPE));
    private static final Wire TWO = Wire.of(
            1, 2, List.of(new BodyType(Note.TYPE, "note", 1, NoteOf2::read), News.type(NEEDED), News.type(LEFT_OUT)));
    private static final Wire THREE = Wire.of(2, 3, List.of(Note.BODY_TYPE));

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        TestNode.get(vertx.close());
    }

    private static List<LinkBody> travel(Wire from, Wire to, LinkBody... bodies) throws Malformed {
        int version = from.common(to.versionMin(), to.version());
        BodyWriter out = new BodyWriter(64);
        for (LinkBody body : bodies) {
            from.write(body, version, out);
        }
        List<LinkBody> arrived = new ArrayList<>();
        to.read(new BodyReader(out.toBytes(), 0, out.size()), version, arrived::add);
        return arrived;
    }

    @Test
    @DisplayName("the common version is the smaller of both newest ones, if both know it")
    void common() {
        assertThat(ONE.common(1, 2)).isEqualTo(1);
        assertThat(TWO.common(1, 1)).isEqualTo(1);
        assertThat(TWO.common(2, 3)).isEqualTo(2);
        assertThat(ONE.common(2, 3)).isZero();
        assertThat(THREE.common(1, 1)).isZero();
    }

    @Test
    @DisplayName("a field more is neither sent to an older node nor missed from it; new bodies are not sent to it")
    void bodies() throws Malformed {
        assertThat(travel(TWO, ONE, new NoteOf2(1, 2, 3), new News(NEEDED), new News(LEFT_OUT), new NoteOf2(2, 2, 3)))
                .containsExactly(new Note(1, 2), new Note(2, 2));
        assertThat(travel(ONE, TWO, new Note(1, 2))).containsExactly(new NoteOf2(1, 2, -1));
        assertThat(travel(TWO, TWO, new NoteOf2(1, 2, 3), new News(NEEDED)))
                .containsExactly(new NoteOf2(1, 2, 3), new News(NEEDED));
    }

    @Test
    @DisplayName("an unknown body is skipped when it says that it may be, and else ends the link")
    void unknown() throws Malformed {
        BodyWriter out = new BodyWriter(64);
        TWO.write(new News(LEFT_OUT), 2, out);
        TWO.write(new NoteOf2(1, 2, 3), 2, out);
        List<LinkBody> arrived = new ArrayList<>();
        assertThat(ONE.read(new BodyReader(out.toBytes(), 0, out.size()), 1, arrived::add))
                .isEqualTo(1);
        assertThat(arrived).as("and more fields are left alone").containsExactly(new Note(1, 2));

        BodyWriter needed = new BodyWriter(64);
        TWO.write(new News(NEEDED), 2, needed);
        assertThatThrownBy(() -> ONE.read(new BodyReader(needed.toBytes(), 0, needed.size()), 1, arrived::add))
                .isInstanceOf(Malformed.class)
                .hasMessageContaining("41");
    }

    @Test
    @DisplayName("two adjacent versions talk over a link, with replicas; two that are further apart refuse each other")
    void links() {
        TestNode one = TestNode.start(vertx, "one", "", LinkTls.NONE, ONE);
        TestNode two = TestNode.start(vertx, "two", "", LinkTls.NONE, TWO);
        TestNode three = TestNode.start(vertx, "three", "", LinkTls.NONE, THREE);
        one.view(two.member(), three.member());
        two.view(one.member());
        three.view(one.member());
        one.awaitConnected(two);
        two.awaitConnected(one);
        two.call(() -> {
            two.cluster.replica().put(EntrySetTest.entry(1, "a/b", ""));
            return true;
        });
        assertThat(two.link(one).version()).isEqualTo(1);
        assertThat(two.call(() -> two.link(one).offer(new News(NEEDED)))).isEqualTo(PeerLink.NOT_KNOWN);
        assertThat(two.call(() -> two.link(one).offer(new NoteOf2(5, 0, 9)))).isPositive();
        one.awaitReceived(two, 1);
        await().atMost(TestNode.PATIENCE).until(() -> one.added.get() == 1);

        assertThat(one.cluster.link(three.id)).isNull();
        assertThat(three.cluster.link(one.id)).isNull();
        await().atMost(TestNode.PATIENCE)
                .until(() -> one.metrics.handshakesRefused.sum() > 0 && three.metrics.handshakesRefused.sum() > 0);
    }
}
