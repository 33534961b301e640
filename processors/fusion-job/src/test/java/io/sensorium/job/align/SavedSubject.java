// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.align;

import io.sensorium.job.alignment.SubjectElement;
import io.sensorium.job.alignment.SubjectState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** A subject as a restore finds it: written to bytes and read back. */
final class SavedSubject {

    private SavedSubject() {}

    /**
     * @param now wall-clock ms at which its deadlines start anew
     * @param watermark at the restore
     */
    static SubjectState restored(SubjectState subject, long now, long watermark) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(256);
        for (SubjectElement element : SubjectElement.all(subject)) {
            SubjectElementSerializer.INSTANCE.serialize(element, out);
        }
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        List<SubjectElement> read = new ArrayList<>();
        while (in.available() > 0) {
            read.add(SubjectElementSerializer.INSTANCE.deserialize(in));
        }
        SubjectState restored = new SubjectState(subject.subject());
        SubjectElement.load(restored, read, now, watermark);
        return restored;
    }
}
