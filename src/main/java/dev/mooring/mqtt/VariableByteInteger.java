package dev.mooring.mqtt;

import io.netty.buffer.ByteBuf;

/** Writes Variable Byte Integers, §1.5.5: 0 to 268,435,455 in one to four bytes. */
final class VariableByteInteger {
    static final int MAX = 268_435_455;

    private VariableByteInteger() {}

    static int size(int value) {
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;
    }

    static void write(ByteBuf out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.writeByte(rest | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }
}
