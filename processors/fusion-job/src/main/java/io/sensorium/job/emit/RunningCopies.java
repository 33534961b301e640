// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.emit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running copies of a pipeline, wherever they are: each is a member of a consumer group that reads nothing, so the
 * broker notices when one dies. Two copies would write every result twice and abort each other's transactions.
 */
public final class RunningCopies {

    private static final Logger LOG = LoggerFactory.getLogger(RunningCopies.class);

    /** After this long without a sign of a member the broker drops it: the least that brokers allow by default. */
    static final Duration SESSION = Duration.ofSeconds(6);

    private static final Duration SLACK = Duration.ofSeconds(3);
    private static final Duration REQUEST = Duration.ofSeconds(10);
    private static final Pattern CLIENT = Pattern.compile("sensorium-copy\\.([0-9]+)\\.(.+)");

    private RunningCopies() {}

    /**
     * @param since epoch ms of its (re)start
     * @param job Flink's job id
     * @param host that the broker sees it at
     */
    public record Copy(long since, String job, String host) {

        /** The earlier one stays; of two at the same time the one with the smaller id. */
        static final Comparator<Copy> BY_AGE =
                Comparator.comparingLong(Copy::since).thenComparing(Copy::job);

        String clientId() {
            return "sensorium-copy." + since + "." + job;
        }

        static Optional<Copy> of(MemberDescription member) {
            Matcher name = CLIENT.matcher(member.clientId());
            return name.matches()
                    ? Optional.of(new Copy(Long.parseLong(name.group(1)), name.group(2), member.host()))
                    : Optional.empty();
        }
    }

    /**
     * The consumer group of a pipeline's copies.
     *
     * @param transactionalIdPrefix that they share
     */
    public static String group(String transactionalIdPrefix) {
        return transactionalIdPrefix + "-running";
    }

    /**
     * Looks for another copy. One that was killed is a member until its session ends, so this waits as long before it
     * takes one for running.
     *
     * @param client properties of a Kafka client, address included
     * @param ended jobs that are known not to run, or that ask
     * @return a copy that runs; empty where there is none, or the user may not describe the group
     */
    public static Optional<Copy> other(Properties client, String group, Set<String> ended) throws InterruptedException {
        long deadline = System.nanoTime() + SESSION.plus(SLACK).toNanos();
        try (Admin admin = Admin.create(client)) {
            while (true) {
                Optional<Copy> other = now(admin, group).stream()
                        .filter(copy -> !ended.contains(copy.job()))
                        .min(Copy.BY_AGE);
                if (other.isEmpty() || System.nanoTime() > deadline) {
                    return other;
                }
                TimeUnit.MILLISECONDS.sleep(250);
            }
        }
    }

    /** The copies that the broker knows now; none where it does not answer. */
    static List<Copy> now(Admin admin, String group) throws InterruptedException {
        List<Copy> copies = new ArrayList<>();
        try {
            ConsumerGroupDescription found = admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get(REQUEST.toMillis(), TimeUnit.MILLISECONDS);
            found.members().forEach(member -> Copy.of(member).ifPresent(copies::add));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                LOG.warn(
                        "The user may not describe the consumer group {}: a second copy of this pipeline on another "
                                + "machine is not noticed; grant it Read and Describe on that group",
                        group);
            } else if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                LOG.info(
                        "Could not look for other copies of this pipeline in the consumer group {}: {}",
                        group,
                        e.getCause().toString());
            }
        } catch (TimeoutException e) {
            LOG.info(
                    "Could not look for other copies of this pipeline in the consumer group {} within {}",
                    group,
                    REQUEST);
        }
        return copies;
    }
}
