// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.AlignedWindow;
import io.sensorium.job.records.KeyedEncodedEvent;
import org.apache.flink.streaming.api.operators.AbstractInput;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/** One modality's input of an {@link AlignOperator}. */
final class ModalityInput extends AbstractInput<KeyedEncodedEvent, AlignedWindow> {

    private final AlignOperator operator;
    private final int modality;

    /** @param modality index into the configured modalities */
    ModalityInput(AlignOperator operator, int modality) {
        super(operator, modality + 1);
        this.operator = operator;
        this.modality = modality;
    }

    @Override
    @SuppressWarnings("rawtypes") // as it is inherited
    public void setKeyContextElement(StreamRecord element) {
        // The keyed state is not touched with every event; the store sets the key when it is.
    }

    @Override
    public void processElement(StreamRecord<KeyedEncodedEvent> element) throws Exception {
        operator.onEvent(element.getValue());
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        operator.onWatermark(modality, mark.getTimestamp());
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        operator.onStatus(modality, status.isIdle());
    }
}
