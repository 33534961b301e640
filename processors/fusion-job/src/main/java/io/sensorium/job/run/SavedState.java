package io.sensorium.job.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.job.PipelineModels;
import io.sensorium.job.align.AlignSettings;
import io.sensorium.job.align.AlignStrategy;
import io.sensorium.job.align.SubjectElementSerializer;
import io.sensorium.job.config.PipelineConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The folder where a pipeline's checkpoints and savepoints lie, with a note of what they were made for.
 */
public final class SavedState {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String FORMAT = "state format";

    private final Path folder;

    public SavedState(PipelineConfig config) {
        this.folder = Path.of(config.runtime().stateDir()).toAbsolutePath().normalize();
    }

    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    public Path savepoints() {
        return folder.resolve("savepoints");
    }

    /** The newest complete checkpoint or savepoint. @throws IOException when the folder cannot be read */
    public Optional<Path> newest() throws IOException {
        List<Path> complete = new ArrayList<>();
        for (Path kind : List.of(checkpoints(), savepoints())) {
            if (Files.isDirectory(kind)) {
                try (Stream<Path> files = Files.walk(kind, 4)) {
                    complete.addAll(files.filter(file -> file.getFileName().toString().equals("_metadata")).toList());
                }
            }
        }
        return complete.stream().max(Comparator.comparingLong(file -> file.toFile().lastModified())).map(Path::getParent);
    }

    /**
     * What keeps this pipeline from going on with the saved state: another release's format, a changed alignment, set of
     * modalities or encoder. Empty where nothing was saved.
     *
     * @throws IOException when the note cannot be read
     */
    public List<String> conflicts(PipelineConfig config, PipelineModels models) throws IOException {
        Path note = folder.resolve("pipeline.json");
        List<String> conflicts = new ArrayList<>();
        if (!Files.exists(note)) {
            return conflicts;
        }
        Map<?, ?> then = JSON.readValue(note.toFile(), Map.class);
        Object format = then.get(FORMAT) == null ? 1 : then.get(FORMAT);
        if (!format.equals(SubjectElementSerializer.VERSION)) {
            conflicts.add("the state in " + folder + " is of format " + format + ", this release reads format " + SubjectElementSerializer.VERSION
                    + "; finish the run with the release that began it, or run with --fresh to start without the state");
            return conflicts;
        }
        Map<String, Object> now = note(config, models);
        for (String key : now.keySet()) {
            Object before = JSON.convertValue(then.get(key), Object.class);
            Object after = JSON.convertValue(now.get(key), Object.class);
            if (!after.equals(before)) {
                conflicts.add("the state in " + folder + " was made with " + key + " " + before + ", the pipeline file now says " + after
                        + "; windows cannot be carried over, so run with --fresh to start without it, or set the file back");
            }
        }
        return conflicts;
    }

    /** Writes the note. @throws IOException when the folder cannot be written */
    public void claim(PipelineConfig config, PipelineModels models) throws IOException {
        Files.createDirectories(checkpoints());
        Files.createDirectories(savepoints());
        JSON.writerWithDefaultPrettyPrinter().writeValue(folder.resolve("pipeline.json").toFile(), note(config, models));
    }

    /**
     * Moves what was saved into a folder of its own beside, where no run looks for it.
     *
     * @return that folder, or empty where nothing was saved
     * @throws IOException when it cannot be moved
     */
    public Optional<Path> setAside() throws IOException {
        Path aside = folder.resolve("set-aside-" + System.currentTimeMillis());
        boolean moved = false;
        for (Path saved : List.of(checkpoints(), savepoints(), folder.resolve("pipeline.json"))) {
            if (Files.exists(saved)) {
                Files.createDirectories(aside);
                Files.move(saved, aside.resolve(saved.getFileName()));
                moved = true;
            }
        }
        return moved ? Optional.of(aside) : Optional.empty();
    }

    private static Map<String, Object> note(PipelineConfig config, PipelineModels models) {
        Map<String, Object> modalities = new TreeMap<>();
        for (int i = 0; i < config.modalities().size(); i++) {
            // A source goes on with the partitions it saved, so another topic would silently not be read.
            modalities.put(config.modalities().get(i).name(), config.modalities().get(i).topic() + " " + models.encoders().get(i).manifest().id() + " " + models.encoders().get(i).sha256());
        }
        Map<String, Object> note = new LinkedHashMap<>();
        AlignSettings align = config.align();
        note.put(FORMAT, SubjectElementSerializer.VERSION);
        note.put("alignment", align.strategy().identity() + (align.strategy() instanceof AlignStrategy.Session session ? " max_length:" + session.maxLength() : ""));
        // What a longer lateness would take again, a shorter one has already forgotten.
        note.put("allowed_lateness", align.firing().allowedLateness() + "ms");
        note.put("modalities, topics and encoders", modalities);
        return note;
    }
}
