// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.apache.flink.runtime.rpc.RpcSystemLoader;
import org.apache.flink.runtime.rpc.exceptions.RpcLoaderException;
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

    /** As in a Flink distribution. Flink tries the next loader after an exception, not after an error. */
    @Test
    void whereTheClassPathHasNoRpcSystemFlinkCanTryTheNextLoader() throws Exception {
        URL[] own = {ClassPathRpc.class.getProtectionDomain().getCodeSource().getLocation()};
        try (URLClassLoader distribution = new URLClassLoader(own, getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.equals(PekkoRpcSystem.class.getName())) {
                    throw new ClassNotFoundException(name);
                }
                return name.equals(ClassPathRpc.class.getName()) ? findClass(name) : super.loadClass(name, resolve);
            }
        }) {
            RpcSystemLoader loader = (RpcSystemLoader) distribution
                    .loadClass(ClassPathRpc.class.getName())
                    .getConstructor()
                    .newInstance();
            assertThatThrownBy(() -> loader.loadRpcSystem(new Configuration())).isInstanceOf(RpcLoaderException.class);
        }
    }
}
