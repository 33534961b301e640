// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.ingest;

import io.sensorium.pipeline.RegistryAccess;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.SchemaRegistry;
import java.io.Serializable;

/** Opens the registry where a task runs. */
@FunctionalInterface
public interface RegistryAddress extends Serializable {

    SchemaRegistry open();

    /** The genuine client at a configured address. */
    static RegistryAddress of(RegistryAccess registry) {
        return () -> RegistryClient.of(registry.type(), registry.url(), registry.properties());
    }
}
