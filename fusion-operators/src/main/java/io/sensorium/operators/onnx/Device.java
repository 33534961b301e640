// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where graphs run. */
public sealed interface Device {

    /** CUDA where it works, the CPU elsewhere. */
    record Auto() implements Device {}

    /** The CPU. */
    record Cpu() implements Device {}

    /**
     * A named CUDA device.
     *
     * @param index the device's number, from 0
     */
    record Cuda(int index) implements Device {}

    /**
     * A CUDA device with TensorRT, what TensorRT does not take on CUDA.
     *
     * @param index the device's number, from 0
     */
    record Tensorrt(int index) implements Device {}

    Pattern NUMBERED = Pattern.compile("(cuda|tensorrt):(\\d{1,3})");

    /**
     * Reads {@code auto}, {@code cpu}, {@code cuda:N} or {@code tensorrt:N}.
     *
     * @throws IllegalArgumentException for anything else
     */
    static Device parse(String text) {
        Matcher numbered = NUMBERED.matcher(text);
        return switch (text) {
            case "auto" -> new Auto();
            case "cpu" -> new Cpu();
            default -> {
                if (!numbered.matches()) {
                    throw new IllegalArgumentException(
                            "\"" + text + "\" is not a valid device; expected auto, cpu, cuda:N or tensorrt:N");
                }
                int index = Integer.parseInt(numbered.group(2));
                yield numbered.group(1).equals("cuda") ? new Cuda(index) : new Tensorrt(index);
            }
        };
    }

    /**
     * Adds the device's execution provider to session options.
     *
     * @param cuda options of ONNX Runtime's CUDA provider by its names, such as {@code gpu_mem_limit} (bytes),
     *     {@code arena_extend_strategy}, {@code enable_cuda_graph}
     * @throws OrtException when a named device is absent, or an option is none of the provider's
     */
    default void addTo(OrtSession.SessionOptions options, Map<String, String> cuda) throws OrtException {
        if (this instanceof Cuda device) {
            addCuda(options, device.index(), cuda);
        } else if (this instanceof Tensorrt device) {
            options.addTensorrt(device.index());
            addCuda(options, device.index(), cuda);
        } else if (this instanceof Auto
                && OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            try {
                addCuda(options, 0, cuda);
            } catch (OrtException e) {
                Logger log = LoggerFactory.getLogger(Device.class);
                log.warn(
                        "device auto: CUDA is built in but does not work here, running on the CPU: {}", e.getMessage());
            }
        }
    }

    private static void addCuda(OrtSession.SessionOptions options, int index, Map<String, String> settings)
            throws OrtException {
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(index)) {
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                cuda.add(setting.getKey(), setting.getValue());
            }
            options.addCUDA(cuda);
        }
    }

    /** Whether models run on the CPU for certain. */
    default boolean isCpu() {
        return this instanceof Cpu
                || this instanceof Auto
                        && !OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    }
}
