// SPDX-License-Identifier: Apache-2.0
package io.sensorium.quickstart.size;

import java.util.Map;
import java.util.TreeMap;

/** What a demand takes at measured costs. Costs of different events add up; nothing else is assumed. Pure. */
public final class CapacityPlanner {

    private static final double BYTES_PER_GIB = 1L << 30;

    private CapacityPlanner() {}

    /**
     * The load and the limits to plan for.
     *
     * @param rates events a second by modality
     * @param windowSeconds event time for which an event stays open: the window's length, disorder and lateness
     * @param utilization share of the processors that is to be used, so that there is room to catch up
     * @param cores of one TaskManager
     * @param retentionSeconds for which Kafka keeps the inputs
     * @param replicas of the topics
     */
    public record Demand(
            Map<String, Double> rates,
            double windowSeconds,
            double utilization,
            int cores,
            double retentionSeconds,
            int replicas) {}

    /**
     * What it takes.
     *
     * @param workers engine workers that encode, by modality
     * @param jobCores of all TaskManagers, at the requested utilization
     * @param taskManagers of that many cores each
     * @param partitions of each topic at least: a reader each, and a third of room to grow
     * @param stateGib of open events
     * @param ingressMib a second into Kafka, before replication
     * @param storageGib of the inputs in Kafka, replicated
     * @param brokerCores that the brokers need, replication not counted
     */
    public record Plan(
            Map<String, Double> workers,
            double jobCores,
            int taskManagers,
            int partitions,
            double stateGib,
            double ingressMib,
            double storageGib,
            double brokerCores) {}

    /**
     * Works out a demand.
     *
     * @throws IllegalArgumentException for a modality without a cost
     */
    public static Plan plan(CostModel costs, Demand demand) {
        Map<String, Double> workers = new TreeMap<>();
        double cpu = 0;
        double broker = 0;
        double state = 0;
        double bytes = 0;
        for (Map.Entry<String, Double> rate : demand.rates().entrySet()) {
            CostModel.Modality cost = costs.modalities().get(rate.getKey());
            if (cost == null) {
                throw new IllegalArgumentException("there is no cost of \"" + rate.getKey() + "\"; there are "
                        + costs.modalities().keySet());
            }
            workers.put(rate.getKey(), rate.getValue() * cost.encodeMs() / 1000);
            cpu += rate.getValue() * cost.cpuMs() / 1000;
            broker += rate.getValue() * cost.brokerMs() / 1000;
            state += rate.getValue() * demand.windowSeconds() * cost.stateBytes();
            bytes += rate.getValue() * cost.recordBytes();
        }
        double cores = cpu / demand.utilization();
        int taskManagers = (int) Math.max(1, Math.ceil(cores / demand.cores()));
        return new Plan(
                workers,
                cores,
                taskManagers,
                (int) Math.ceil(taskManagers * demand.cores() * 4 / 3.0),
                state / BYTES_PER_GIB,
                bytes / (1 << 20),
                bytes * demand.retentionSeconds() * demand.replicas() / BYTES_PER_GIB,
                broker / demand.utilization());
    }

    /**
     * Events a second that a machine carries, of a mix.
     *
     * @param shares of the events by modality, one in all
     * @param workers of each engine
     * @param cores that job and broker share
     */
    public static double throughput(CostModel costs, Map<String, Double> shares, int workers, int cores) {
        double all = 0;
        double slowest = 0;
        for (Map.Entry<String, Double> share : shares.entrySet()) {
            CostModel.Modality cost = costs.modalities().get(share.getKey());
            all += share.getValue() * (cost.cpuMs() + cost.brokerMs()) / 1000;
            slowest = Math.max(slowest, share.getValue() * cost.encodeMs() / 1000 / workers);
        }
        return 1 / Math.max(slowest, all / cores);
    }
}
