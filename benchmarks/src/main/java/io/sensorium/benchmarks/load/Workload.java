// SPDX-License-Identifier: Apache-2.0
package io.sensorium.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Something to measure: how many records it does in a time. Closed once it is measured. For one thread. */
public interface Workload extends AutoCloseable {

    /**
     * Works until the time is over.
     *
     * @return records a second
     * @throws Exception when it fails, which ends the benchmark
     */
    double run(double seconds) throws Exception;

    @Override
    default void close() throws Exception {}

    /** One thread's work. */
    interface Worker extends AutoCloseable {
        /**
         * Does a little.
         *
         * @return records done
         */
        int step() throws Exception;

        @Override
        default void close() throws Exception {}
    }

    /** Threads side by side, each with a worker of its own. */
    static Workload threads(List<? extends Worker> workers) {
        return new Workload() {
            @Override
            public double run(double seconds) throws Exception {
                ExecutorService threads = Executors.newFixedThreadPool(workers.size());
                try {
                    long start = System.nanoTime();
                    long end = start + (long) (seconds * 1e9);
                    List<Callable<Double>> work = new ArrayList<>();
                    for (Worker worker : workers) {
                        work.add(() -> {
                            long done = 0;
                            while (System.nanoTime() < end) {
                                done += worker.step();
                            }
                            return done * 1e9 / (System.nanoTime() - start);
                        });
                    }
                    double rate = 0;
                    for (Future<Double> thread : threads.invokeAll(work)) {
                        rate += thread.get();
                    }
                    return rate;
                } finally {
                    threads.shutdown();
                    threads.awaitTermination(1, TimeUnit.MINUTES);
                }
            }

            @Override
            public void close() throws Exception {
                for (Worker worker : workers) {
                    worker.close();
                }
            }
        };
    }
}
