// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.apache.flink.runtime.rpc.pekko.PekkoRpcSystem;
import org.junit.jupiter.api.Test;

class ClassPathRpcTest {

    @Test
    void flinkTakesTheRpcSystemOfTheClassPath() {
        assertThat(RpcSystem.load(new Configuration()))
                .isInstanceOf(PekkoRpcSystem.class)
                .extracting(system -> system.getClass().getClassLoader())
                .isSameAs(getClass().getClassLoader());
    }
}
