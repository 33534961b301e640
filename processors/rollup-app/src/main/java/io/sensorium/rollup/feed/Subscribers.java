// SPDX-License-Identifier: Apache-2.0
package io.sensorium.rollup.feed;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Who watches the feed. A slow watcher loses the oldest of what waits for it, never holds up the others. Safe for
 * several threads.
 */
public final class Subscribers {

    /** Each takes a thread and a queue. */
    public static final int MOST = 64;

    private static final int QUEUED = 500;

    /**
     * Something to send.
     *
     * @param event name of the server-sent event
     * @param json its data
     */
    public record Message(String event, String json) {}

    /** One watcher's queue. */
    public static final class Subscriber {

        private final BlockingQueue<Message> queue = new ArrayBlockingQueue<>(QUEUED);

        /**
         * The next message, or null after a second without one.
         *
         * @throws InterruptedException when the waiting is interrupted
         */
        public Message next() throws InterruptedException {
            return queue.poll(1, TimeUnit.SECONDS);
        }

        private void offer(Message message) {
            while (!queue.offer(message)) {
                queue.poll();
            }
        }
    }

    private final Set<Subscriber> all = ConcurrentHashMap.newKeySet();

    /** Adds a watcher, with what it needs to begin with; null where there are too many already. */
    public Subscriber add(Map<String, String> first) {
        if (all.size() >= MOST) {
            return null;
        }
        Subscriber subscriber = new Subscriber();
        first.forEach((event, json) -> subscriber.offer(new Message(event, json)));
        all.add(subscriber);
        return subscriber;
    }

    /** Forgets a watcher. */
    public void remove(Subscriber subscriber) {
        all.remove(subscriber);
    }

    /** How many there are. */
    public int count() {
        return all.size();
    }

    void send(String event, String json) {
        all.forEach(subscriber -> subscriber.offer(new Message(event, json)));
    }
}
