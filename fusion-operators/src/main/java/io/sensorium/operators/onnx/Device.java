package io.sensorium.operators.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
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

    /** A named CUDA device. @param index the device's number, from 0 */
    record Cuda(int index) implements Device {}

    Pattern CUDA = Pattern.compile("cuda:(\\d{1,3})");

    /** Reads {@code auto}, {@code cpu} or {@code cuda:N}. @throws IllegalArgumentException for anything else */
    static Device parse(String text) {
        Matcher cuda = CUDA.matcher(text);
        return switch (text) {
            case "auto" -> new Auto();
            case "cpu" -> new Cpu();
            default -> {
                if (!cuda.matches()) {
                    throw new IllegalArgumentException("\"" + text + "\" is no device; expected auto, cpu or cuda:N");
                }
                yield new Cuda(Integer.parseInt(cuda.group(1)));
            }
        };
    }

    /**
     * Adds the device's execution provider to session options.
     *
     * @throws OrtException when a named device is absent
     */
    default void addTo(OrtSession.SessionOptions options) throws OrtException {
        if (this instanceof Cuda cuda) {
            options.addCUDA(cuda.index());
        } else if (this instanceof Auto && ai.onnxruntime.OrtEnvironment.getAvailableProviders().contains(ai.onnxruntime.OrtProvider.CUDA)) {
            try {
                options.addCUDA(0);
            } catch (OrtException e) {
                Logger log = LoggerFactory.getLogger(Device.class);
                log.warn("device auto: CUDA is built in but does not work here, running on the CPU: {}", e.getMessage());
            }
        }
    }
}
