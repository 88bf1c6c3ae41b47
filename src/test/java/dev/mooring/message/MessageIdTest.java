package dev.mooring.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageIdTest {
    private static final long IN_1988_US = 567_993_600_000_000L;
    private static final long IN_2141_US = 5_396_000_000_000_000L;
    /** From 3179 on an id needs more than 20 characters. */
    private static final long IN_3178_US = 38_122_000_000_000_000L;

    /** The ids that EMQX's manuals show, beside the second that they show with it. */
    @ParameterizedTest
    @CsvSource({
        "BASE62, 2VFt0kuNrOktefX6m4nP, 1542338754",
        "EMQX4, Mjg4MTk1MDYwNTk0NjYwNzYzMTg4MDk3OTQ2MDU2Nzg1OTD, 1562308553",
        "EMQX4, Mjg4MTk1NzE3MTY4MjYxMjA5MDExMDg0NTk5ODgzMjAyNTH, 1562312113"
    })
    void theIdsOfTheManualsAreRead(IdFormat format, String text, long atS) {
        MessageId id = MessageId.parse(text);

        assertThat(id.timeUs() / 1_000_000).isEqualTo(atS);
        assertThat(format.text(id)).isEqualTo(text);
    }

    @Test
    void theFormOfEmqx4IsThatOfTheDecimalDigits() {
        BigInteger number = new BigInteger("28819506059466076318809794605678593");

        assertThat(new BigInteger(
                        1,
                        MessageId.parse("Mjg4MTk1MDYwNTk0NjYwNzYzMTg4MDk3OTQ2MDU2Nzg1OTD")
                                .toBytes()))
                .isEqualTo(number);
    }

    @Property
    void bothFormsAreReadBack(@ForAll @LongRange(max = IN_3178_US) long timeUs, @ForAll long nodeSequence) {
        MessageId id = new MessageId(timeUs, nodeSequence);

        for (IdFormat format : IdFormat.values()) {
            assertThat(MessageId.parse(format.text(id))).isEqualTo(id);
        }
        assertThat(MessageId.ofBytes(id.toBytes(), 0)).isEqualTo(id);
    }

    @Property
    void lengthsAreThoseOfEmqx(
            @ForAll @LongRange(min = IN_1988_US, max = IN_2141_US) long timeUs, @ForAll long nodeSequence) {
        MessageId id = new MessageId(timeUs, nodeSequence);

        assertThat(IdFormat.BASE62.text(id)).hasSize(20).matches("[0-9A-Za-z]+");
        assertThat(IdFormat.EMQX4.text(id)).hasSize(47).matches("[0-8A-Za-z]+");
    }

    @Property
    void base62KeepsTheOrder(
            @ForAll @LongRange(max = IN_3178_US) long aUs,
            @ForAll long a,
            @ForAll @LongRange(max = IN_3178_US) long bUs,
            @ForAll long b) {
        MessageId x = new MessageId(aUs, a);
        MessageId y = new MessageId(bUs, b);

        assertThat(Integer.signum(x.toString().compareTo(y.toString()))).isEqualTo(Integer.signum(x.compareTo(y)));
    }

    @Property
    void whatIsReadIsTheTextOfItsId(@ForAll @Size(max = 60) char[] text) {
        expectNoIdOrItsText(new String(text));
    }

    @Property
    void oneCharacterMakesAnotherIdOrNone(@ForAll @LongRange(min = 0) long timeUs, @ForAll long n, @ForAll byte at) {
        char[] text = IdFormat.EMQX4.text(new MessageId(timeUs, n)).toCharArray();
        text[Math.floorMod(at, text.length)] += 1;

        expectNoIdOrItsText(new String(text));
    }

    private static void expectNoIdOrItsText(String text) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (IllegalArgumentException e) {
            return;
        }
        IdFormat format = text.length() == 20 ? IdFormat.BASE62 : IdFormat.EMQX4;
        assertThat(format.text(id)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "2VFt0kuNrOktefX6m4n",
                "2VFt0kuNrOktefX6m4n-",
                "Mjg4MTk1MDYwNTk0NjYwNzYzMTg4MDk3OTQ2MDU2Nzg1OT9",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"
            })
    void otherTextsAreNoIds(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> MessageId.parse(text));
    }

    @Test
    void timesAreInTheirUnit() {
        assertThat(TimestampUnit.S.ofMs(1_999)).isEqualTo(1);
        assertThat(TimestampUnit.MS.ofMs(1_999)).isEqualTo(1_999);
        assertThat(TimestampUnit.S.ofS(7)).isEqualTo(7);
        assertThat(TimestampUnit.MS.ofS(7)).isEqualTo(7_000);
    }
}
