package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.rollup.aggregate.GroupMessage.Change;
import io.sensorium.rollup.aggregate.GroupMessage.Progress;
import io.sensorium.rollup.aggregate.ResultReading.Reading;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatDecoder;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.WindowStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results as changes of their groups: what a record counts for, less what the record that it replaces counted for. The last record under an
 * id is the one that counts, so a result that comes twice counts once. Tells all groups how far its partition has come.
 */
final class ResultChanges implements Processor<byte[], byte[], String, GroupMessage> {

    static final String COUNTED = "counted-results";
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ResultChanges.class);

    private final ResultReading reading;
    private final Map<String, WireFormatDecoder<SpecificRecord>> decoders = new HashMap<>();
    private final Duration idleAfter;
    private final RollupMetrics metrics;
    private ProcessorContext<String, GroupMessage> context;
    private WindowStore<String, Contribution> counted;
    private long latest = Long.MIN_VALUE;
    private long lastRecord;

    ResultChanges(PipelineTopics topics, SchemaRegistry registry, Duration idleAfter, RollupMetrics metrics) {
        reading = new ResultReading(topics);
        ResultReading.schemas(topics).forEach((topic, schema) -> decoders.put(topic, WireFormatDecoder.of(schema, registry)));
        this.idleAfter = idleAfter;
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, GroupMessage> processorContext) {
        context = processorContext;
        counted = context.getStateStore(COUNTED);
        lastRecord = context.currentSystemTimeMs();
        context.schedule(PROGRESS_EVERY, PunctuationType.WALL_CLOCK_TIME, this::tellProgress);
    }

    private void tellProgress(long now) {
        boolean idle = now - lastRecord >= idleAfter.toMillis();
        context.forward(new Record<>(Groups.EVERY, new Progress(context.taskId().partition(), latest, idle), now));
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        lastRecord = context.currentSystemTimeMs();
        Optional<RecordMetadata> origin = context.recordMetadata();
        Optional<Reading> read = origin.flatMap(from -> decode(from, record.value()).flatMap(reading::read));
        read.ifPresent(this::apply);
    }

    private Optional<SpecificRecord> decode(RecordMetadata from, byte[] value) {
        try {
            return Optional.of(decoders.get(from.topic()).decode(value));
        } catch (WireFormatException | SchemaRegistry.UnknownSchemaException e) {
            metrics.undecodable();
            LOG.warn("{}-{}@{} is left out of the roll-ups: {}", from.topic(), from.partition(), from.offset(), e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("the schema of " + from.topic() + "-" + from.partition() + "@" + from.offset() + " is not to be had", e);
        }
    }

    private void apply(Reading read) {
        Contribution before = null;
        if (read.id() != null) {
            before = replace(read);
        }
        if (before != null) {
            change(before, Totals.NONE.minus(before.totals()));
        }
        if (read.contribution() != null) {
            change(read.contribution(), read.contribution().totals());
            latest = Math.max(latest, read.contribution().instant());
        }
        metrics.counted(before != null, read.contribution() == null);
    }

    /** Keeps what an id counts for now. @return what it counted for before; null for nothing */
    private Contribution replace(Reading read) {
        Contribution before = null;
        // A session's end moves, so the instant under which it was kept is not known.
        try (KeyValueIterator<Windowed<String>, Contribution> kept = counted.fetch(read.id(), read.id(), 0, Long.MAX_VALUE)) {
            while (kept.hasNext()) {
                KeyValue<Windowed<String>, Contribution> entry = kept.next();
                before = entry.value;
                counted.put(read.id(), null, entry.key.window().start());
            }
        }
        if (read.contribution() != null) {
            counted.put(read.id(), read.contribution(), Math.max(0, read.contribution().instant()));
        }
        return before;
    }

    private void change(Contribution contribution, Totals totals) {
        Change change = new Change(contribution.instant(), totals);
        long time = context.currentSystemTimeMs();
        context.forward(new Record<>(WindowKey.ALL, change, time));
        if (contribution.group() != null) {
            context.forward(new Record<>(WindowKey.key(contribution.group()), change, time));
        }
    }
}
