// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.quarantine;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;

/**
 * A subtask's {@link RestartBudget} as a file in the checkpoints' file system, so that it outlives the process. For one
 * thread.
 */
final class BudgetJournal {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final String stage;
    private final Path file;

    /**
     * @param stage such as {@code encode-text}; all its subtasks read each other's poison, since a record may come to
     *     another one after a change of parallelism
     */
    BudgetJournal(URI folder, String stage, int subtask) {
        this.folder = new Path(folder);
        this.stage = stage;
        this.file = new Path(this.folder, stage + "." + subtask + ".json");
    }

    /**
     * The file's form.
     *
     * @param poison checkpoint by poison item
     */
    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
    private record Form(
            long checkpoint, int starts, String underWay, Map<String, Integer> suspects, Map<String, Long> poison) {}

    /** What was written last; {@link RestartBudget#NONE} where nothing was, or a write was cut short. */
    RestartBudget read() throws IOException {
        return read(file);
    }

    private static RestartBudget read(Path path) throws IOException {
        FileSystem files = path.getFileSystem();
        byte[] bytes;
        try (FSDataInputStream in = files.open(path)) {
            bytes = ((InputStream) in).readAllBytes();
        } catch (FileNotFoundException e) {
            return RestartBudget.NONE;
        }
        if (bytes.length == 0 || bytes[bytes.length - 1] != '}') {
            return RestartBudget.NONE;
        }
        Form form = JSON.readValue(bytes, Form.class);
        return new RestartBudget(form.checkpoint, form.starts, form.underWay, form.suspects, form.poison);
    }

    /** What other subtasks of the stage know to be poison. */
    List<String> poisonOfOthers() throws IOException {
        List<String> all = new ArrayList<>();
        FileStatus[] there =
                folder.getFileSystem().exists(folder) ? folder.getFileSystem().listStatus(folder) : null;
        for (FileStatus each : there == null ? new FileStatus[0] : there) {
            String name = each.getPath().getName();
            if (name.startsWith(stage + ".") && name.endsWith(".json") && !name.equals(file.getName())) {
                all.addAll(read(each.getPath()).poison().keySet());
            }
        }
        return all;
    }

    void write(RestartBudget budget) throws IOException {
        FileSystem files = folder.getFileSystem();
        files.mkdirs(folder);
        byte[] bytes = JSON.writeValueAsBytes(
                new Form(budget.checkpoint(), budget.starts(), budget.underWay(), budget.suspects(), budget.poison()));
        try (OutputStream out = files.create(file, WriteMode.OVERWRITE)) {
            out.write(bytes);
        }
    }
}
