// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.aggregate;

import io.sensorium.pipeline.PipelineTopics;
import io.sensorium.rollup.aggregate.AggregatorMessage.Change;
import io.sensorium.rollup.aggregate.AggregatorMessage.Progress;
import io.sensorium.rollup.aggregate.ResultContribution.Reading;
import io.sensorium.rollup.result.Totals;
import io.sensorium.schemas.RecordDecoder;
import io.sensorium.schemas.SchemaRegistry;
import io.sensorium.schemas.WireFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results as changes of their groups: what a record counts for, less what the record that it replaces counted for. The
 * last record under an id is the one that counts, so a result that comes twice counts once. Sends its partition's
 * progress to all groups.
 */
final class ResultDelta implements Processor<byte[], byte[], String, AggregatorMessage> {

    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(ResultDelta.class);

    private final ResultContribution reading;
    private final Map<String, RecordDecoder<SpecificRecordBase>> decoders = new HashMap<>();
    private final Duration idleAfter;
    private final RollupMetrics metrics;
    private ProcessorContext<String, AggregatorMessage> context;
    private final Duration remembered;
    private final Duration grace;
    private CountedResults counted;

    /**
     * The largest instant of a window that the job's watermark has passed; of forced records no later than the wall
     * clock.
     */
    private long latest = Long.MIN_VALUE;

    private long lastRecord;

    /**
     * @param remembered after a result's instant for which its id is kept
     * @param idleAfter without a record for which a partition is idle
     */
    ResultDelta(
            PipelineTopics topics,
            SchemaRegistry registry,
            Duration remembered,
            Duration idleAfter,
            RollupMetrics metrics) {
        this.remembered = remembered;
        this.grace = topics.rollup().grace();
        reading = new ResultContribution(topics);
        ResultContribution.schemas(topics)
                .forEach((topic, schema) -> decoders.put(topic, RecordDecoder.of(schema, registry)));
        this.idleAfter = idleAfter;
        this.metrics = metrics;
    }

    @Override
    public void init(ProcessorContext<String, AggregatorMessage> processorContext) {
        context = processorContext;
        counted = new CountedResults(
                context.getStateStore(CountedResults.BY_ID),
                context.getStateStore(CountedResults.BY_INSTANT),
                remembered);
        lastRecord = context.currentSystemTimeMs();
        context.schedule(PROGRESS_EVERY, PunctuationType.WALL_CLOCK_TIME, this::tellProgress);
    }

    private void tellProgress(long now) {
        counted.expire(latest);
        boolean idle = now - lastRecord >= idleAfter.toMillis();
        context.forward(new Record<>(
                GroupPartitioner.EVERY, new Progress(context.taskId().partition(), latest, idle), now));
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        lastRecord = context.currentSystemTimeMs();
        Optional<RecordMetadata> origin = context.recordMetadata();
        origin.flatMap(from -> decode(from, record.value())).map(reading::read).ifPresent(this::apply);
    }

    private Optional<SpecificRecordBase> decode(RecordMetadata from, byte[] value) {
        try {
            return Optional.of(decoders.get(from.topic()).decode(value));
        } catch (WireFormatException | SchemaRegistry.UnknownSchemaException e) {
            metrics.undecodable();
            LOG.warn(
                    "{}-{}@{} is left out of the roll-ups: {}",
                    from.topic(),
                    from.partition(),
                    from.offset(),
                    e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the schema of " + from.topic() + "-" + from.partition() + "@" + from.offset() + " is unavailable",
                    e);
        }
    }

    private void apply(Reading read) {
        Contribution before = null;
        if (read.id() != null) {
            before = counted.replace(read.id(), read.contribution());
        }
        if (before != null) {
            change(before, Totals.NONE.minus(before.totals()));
        }
        if (read.contribution() != null) {
            change(read.contribution(), read.contribution().totals());
            latest = Math.max(latest, reached(read));
        }
        metrics.counted(before != null, read.contribution() == null);
    }

    /**
     * How far a record shows its partition to be. A forced record is written by the wall clock and may be of a window
     * far ahead, so it counts up to the wall clock, less the grace within which others may still come; a PROVISIONAL
     * one does not count, since a FINAL one follows.
     */
    private long reached(Reading read) {
        long instant = read.contribution().instant();
        return switch (read.trigger()) {
            case WATERMARK -> instant;
            case DEADLINE -> Math.min(instant, context.currentSystemTimeMs() - grace.toMillis());
            case EARLY -> Long.MIN_VALUE;
        };
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
