// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.asyncapi;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sensorium.bank.BankEntry;
import io.sensorium.job.config.PipelineConfig;
import io.sensorium.pipeline.OutputFormat;
import io.sensorium.schemas.JsonSchemas;
import org.apache.avro.Schema;

/** An entry of the bank of known content as an AsyncAPI message. Pure. */
final class BankMessage {

    private final PipelineConfig config;

    BankMessage(PipelineConfig config) {
        this.config = config;
    }

    ObjectNode of() {
        Schema schema = BankEntry.getClassSchema();
        OutputFormat format = config.bank().format();
        ObjectNode message = JsonNodeFactory.instance.objectNode().put("summary", schema.getDoc());
        message.put("contentType", format == OutputFormat.AVRO ? Payloads.AVRO_CONTENT : "application/json");
        message.set(
                "payload", format == OutputFormat.AVRO ? Payloads.avro(schema) : Payloads.json(JsonSchemas.of(schema)));
        ObjectNode kafka = message.putObject("bindings").putObject("kafka");
        kafka.putObject("key").put("type", "string").put("description", "The entry's id.");
        if (format != OutputFormat.JSON) {
            String topic = config.bank().topic();
            Payloads.schemaId(kafka, config.registry(), topic, topic + "-value");
        }
        return message;
    }
}
