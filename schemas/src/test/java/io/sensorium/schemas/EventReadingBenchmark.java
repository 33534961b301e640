// SPDX-License-Identifier: Apache-2.0
package io.sensorium.schemas;

import io.sensorium.events.Embedding;
import io.sensorium.events.ImageEvent;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecordBase;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to read an event in place, compared with Avro's own reader of the same bytes. {@code mvn -Pjmh -pl
 * schemas test-compile} runs it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventReadingBenchmark {

    /** An embedding of 768 numbers, or media of 60,000 bytes. */
    @Param({"embedding", "media"})
    public String payload;

    private byte[] value;
    private WireFormatDecoder.Body<InputEvent> inPlace;
    private WireFormatDecoder.Body<SpecificRecordBase> avro;
    private SpecificDatumReader<SpecificRecordBase> reader;

    /** Writes the event once. */
    @Setup(Level.Trial)
    public void write() {
        Random random = new Random(1);
        Object body;
        if (payload.equals("embedding")) {
            List<Float> vector = new ArrayList<>();
            for (int i = 0; i < 768; i++) {
                vector.add((float) random.nextGaussian());
            }
            body = new Embedding("image-inception-mixed5", vector);
        } else {
            byte[] media = new byte[60_000];
            random.nextBytes(media);
            body = ByteBuffer.wrap(media);
        }
        Schema schema = ImageEvent.getClassSchema();
        ImageEvent event = new ImageEvent(
                "event-1",
                "subject-1",
                Instant.ofEpochMilli(1_700_000_000_000L),
                "image/jpeg",
                body,
                Map.of("channel", "a"));
        value = new WireFormatEncoder<ImageEvent>(schema, 1).encode(event);
        inPlace = EventBody.of(schema, schema);
        avro = WireFormatDecoder.specific(schema, schema);
        reader = RecordResolution.reader(schema, schema);
    }

    /** As the job reads it. */
    @Benchmark
    public InputEvent inPlace() throws Exception {
        return inPlace.read(new AvroBytes(value, WireFormatDecoder.HEADER_BYTES));
    }

    /** Avro's reader, with the check that its lengths are within the record. */
    @Benchmark
    public SpecificRecordBase avroChecked() throws Exception {
        return avro.read(new AvroBytes(value, WireFormatDecoder.HEADER_BYTES));
    }

    /** Avro's reader alone, which allocates whatever length a record claims. */
    @Benchmark
    public SpecificRecordBase avroAlone() throws Exception {
        return reader.read(null, new AvroBytes(value, WireFormatDecoder.HEADER_BYTES).decoder());
    }
}
