package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FreePortsTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @Test
    @DisplayName("a port can be listened on, and no other JVM is given it until it is given back")
    void held() throws IOException {
        int[] ports = FreePorts.of(3);
        assertThat(ports).doesNotHaveDuplicates();
        for (int port : ports) {
            new ServerSocket(port, 1, LOOPBACK).close();
            assertThatThrownBy(() -> new DatagramSocket(port, LOOPBACK)).isInstanceOf(BindException.class);
        }
        FreePorts.giveBack(ports);
        for (int port : ports) {
            new DatagramSocket(port, LOOPBACK).close();
        }
    }
}
