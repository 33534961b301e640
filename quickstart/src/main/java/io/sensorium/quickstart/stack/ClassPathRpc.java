// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.stack;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.apache.flink.runtime.rpc.RpcSystemLoader;
import org.apache.flink.runtime.rpc.exceptions.RpcLoaderException;
import org.apache.flink.runtime.rpc.pekko.PekkoRpcSystem;

/**
 * Flink's RPC system from the class path. Flink's own loader unpacks it into a temporary file and loads its 1,400
 * classes with a class loader of their own, which no class-data archive serves. Stateless.
 */
public final class ClassPathRpc implements RpcSystemLoader {

    /** For Flink, which finds it as a service. */
    public ClassPathRpc() {}

    /** Before Flink's own loader, should that be there too; the lowest number comes first. */
    @Override
    public int getLoadPriority() {
        return -1;
    }

    /** @throws RpcLoaderException where the class path has no RPC system, so that Flink goes on to its own loader */
    @Override
    public RpcSystem loadRpcSystem(Configuration configuration) {
        try {
            return new PekkoRpcSystem();
        } catch (LinkageError e) {
            throw new RpcLoaderException("flink-rpc-akka is not on the class path", e);
        }
    }
}
