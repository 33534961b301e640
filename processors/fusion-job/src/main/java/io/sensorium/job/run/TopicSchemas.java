// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sensorium.events.AudioEvent;
import io.sensorium.events.ImageEvent;
import io.sensorium.events.TextEvent;
import io.sensorium.job.config.EventMapping;
import io.sensorium.job.config.EventMapping.Encoding;
import io.sensorium.job.config.EventMapping.Path;
import io.sensorium.job.config.Modality;
import io.sensorium.job.ingest.format.ProtobufFiles;
import io.sensorium.operators.pack.ModelKind;
import io.sensorium.operators.pack.PackedModel;
import io.sensorium.pipeline.ConfigNode;
import io.sensorium.pipeline.Suggestions;
import io.sensorium.schemas.LatestSchema;
import io.sensorium.schemas.RegistryClient;
import io.sensorium.schemas.SchemaRegistry.UnreadableSchemaException;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/**
 * Whether what is registered for the input topics is what the modalities' encoders take: an encoder of sound on a topic
 * of texts would turn every event into a dead letter.
 */
final class TopicSchemas {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Subjects that a message lists where none is near. */
    private static final int MOST_NAMED = 10;

    private TopicSchemas() {}

    /**
     * Compares the latest schema of each topic's subject, where there is one, with the kind of the encoder.
     *
     * @param encoders of the modalities, in their order; null where there is none to compare with
     * @param problems gets a line for each topic that does not fit
     * @param warnings for each that cannot be asked for
     * @param compared gets a line for each topic, with the schema that it was compared with
     */
    static void check(
            List<Modality> modalities,
            List<PackedModel> encoders,
            RegistryClient registry,
            List<String> problems,
            List<String> warnings,
            List<String> compared) {
        for (int i = 0; i < modalities.size(); i++) {
            Modality modality = modalities.get(i);
            PackedModel encoder = encoders.get(i);
            if (modality.isDerived()) {
                continue;
            }
            if (modality.events() != null) {
                if (modality.events().format().hasSchemaIds()) {
                    paths(modality, registry, problems, warnings, compared);
                }
                continue;
            }
            String subject = modality.schemaSubject();
            try {
                Optional<LatestSchema> latest = registry.latest(subject);
                compared.add(compared(modality, latest));
                if (latest.isPresent()) {
                    String carried = carried(registry.schemaOf(latest.get().id()));
                    ModelKind kind = encoder == null
                            ? ModelKind.EMBEDDING
                            : encoder.manifest().kind();
                    if (carried != null
                            && kind != ModelKind.EMBEDDING
                            && !carried.equals(taken(kind))
                            && !(carried.equals("media") && kind != ModelKind.TEXT_ENCODER)) {
                        problems.add("modalities." + modality.name() + ".encoder: " + modality.encoder() + " takes "
                                + taken(kind) + ", but the events of topic \"" + modality.topic() + "\" carry "
                                + carried + " (schema id " + latest.get().id() + ", the latest of subject " + subject
                                + "); name another encoder, or another topic");
                    }
                }
            } catch (UnreadableSchemaException e) {
                problems.add("modalities." + modality.name() + ".topic: the latest schema of subject " + subject
                        + " cannot be used: " + e.getMessage());
            } catch (SchemaParseException | IOException e) {
                warnings.add("modalities." + modality.name()
                        + ".topic: whether its events fit the encoder is not known: " + e.getMessage());
            }
        }
    }

    private static String compared(Modality modality, Optional<LatestSchema> latest) {
        return "topic " + modality.topic() + ": "
                + latest.map(schema -> "compared modality " + modality.name() + " with version " + schema.version()
                                + " of subject " + modality.schemaSubject() + " (schema id " + schema.id() + ")")
                        .orElse("there is no subject " + modality.schemaSubject() + " to compare modality "
                                + modality.name() + " with");
    }

    /**
     * Mapped topics of formats without schemas, of which nothing is compared.
     *
     * @param compared gets a line for each
     */
    static void withoutSchemas(List<Modality> modalities, List<String> compared) {
        for (Modality modality : modalities) {
            if (modality.events() != null && !modality.events().format().hasSchemaIds()) {
                compared.add("topic " + modality.topic() + ": format "
                        + ConfigNode.hyphenated(modality.events().format()) + " has no schema to compare modality "
                        + modality.name() + " with; ./sensorium inspect shows what its records become");
            }
        }
    }

    /** The subject nearest to one that does not exist; empty where none is near or the registry lists none. */
    private static String nearest(String subject, RegistryClient registry) {
        try {
            Collection<String> subjects = registry.subjects();
            String near = Suggestions.suggestion(subject, subjects);
            return near.startsWith("; did you mean") || subjects.size() <= MOST_NAMED ? near : "";
        } catch (IOException e) {
            // Reading one subject and listing all are different permissions.
            return "";
        }
    }

    /** Whether a mapping's paths match something in the latest schema. */
    private static void paths(
            Modality modality,
            RegistryClient registry,
            List<String> problems,
            List<String> warnings,
            List<String> compared) {
        String subject = modality.schemaSubject();
        String key = "modalities." + modality.name() + ".event";
        try {
            Optional<LatestSchema> latest = registry.latest(subject);
            if (latest.isEmpty()) {
                warnings.add(key + ": the registry has no subject " + subject
                        + ", so the paths are not checked; modalities." + modality.name()
                        + ".schema_subject names another, such as the record's name" + nearest(subject, registry));
                return;
            }
            compared.add(compared(modality, latest));
            String type = switch (modality.events().format()) {
                case AVRO -> "AVRO";
                case PROTOBUF -> ProtobufFiles.TYPE;
                default -> "JSON";
            };
            if (!latest.get().type().equals(type)) {
                problems.add("modalities." + modality.name() + ".format: is "
                        + ConfigNode.hyphenated(modality.events().format()) + ", but schema id "
                        + latest.get().id() + ", the latest of subject " + subject + ", is of type "
                        + latest.get().type() + "; set the format that the producer writes");
                return;
            }
            Function<String, Optional<JsonSchemaPaths.Finding>> check;
            if (type.equals("AVRO")) {
                Schema schema =
                        new Schema.Parser().parse(registry.schemaOf(latest.get().id()));
                check = path ->
                        SchemaPaths.problem(path, schema).map(problem -> new JsonSchemaPaths.Finding(problem, true));
            } else if (type.equals(ProtobufFiles.TYPE)) {
                Map<String, String> unmatched =
                        unmatched(modality.events(), registry, latest.get().id());
                check = path -> Optional.ofNullable(unmatched.get(path))
                        .map(problem -> new JsonSchemaPaths.Finding(problem, true));
            } else {
                check = new JsonSchemaPaths(JSON.readTree(latest.get().text()))::problem;
            }
            modality.events().fields().forEach((field, from) -> {
                if (from instanceof Path path) {
                    check.apply(path.path()).ifPresent(finding -> {
                        String message = key + "." + field + ": is \"" + path + "\", but " + finding.message()
                                + " in schema id " + latest.get().id() + ", the latest of subject " + subject;
                        if (finding.certain()) {
                            problems.add(message);
                        } else {
                            warnings.add(message + ", which does not rule out further fields");
                        }
                    });
                }
            });
        } catch (IllegalArgumentException e) {
            problems.add("modalities." + modality.name() + ".format: the latest schema of subject " + subject
                    + " cannot be read: " + e.getMessage());
        } catch (SchemaParseException | IOException e) {
            warnings.add(key + ": the paths are not checked: " + e.getMessage());
        }
    }

    /** Why paths of a mapping match nothing in a Protobuf schema, by path. */
    private static Map<String, String> unmatched(EventMapping events, RegistryClient registry, int id)
            throws IOException {
        Set<String> paths = new LinkedHashSet<>();
        events.fields().values().forEach(from -> {
            if (from instanceof Path path) {
                paths.add(path.path());
            }
        });
        return ProtobufPaths.problems(paths, ProtobufFiles.of(registry.find(id)));
    }

    /**
     * Compares what each mapping states its payload to be with the kind of the encoder, without a registry.
     *
     * @param encoders of the modalities, in their order; null where there is none to compare with
     * @param problems gets a line for each payload that the encoder does not take
     */
    static void payloads(List<Modality> modalities, List<PackedModel> encoders, List<String> problems) {
        for (int i = 0; i < modalities.size(); i++) {
            if (modalities.get(i).events() != null && !modalities.get(i).isDerived() && encoders.get(i) != null) {
                encoding(modalities.get(i), encoders.get(i).manifest().kind(), problems);
            }
        }
    }

    /** Whether the modality's encoder takes the payload that a mapping states. */
    private static void encoding(Modality modality, ModelKind kind, List<String> problems) {
        Encoding encoding = modality.events().payload().as();
        boolean media = kind == ModelKind.IMAGE_ENCODER || kind == ModelKind.AUDIO_ENCODER;
        if (encoding == Encoding.TEXT && media
                || encoding != null && encoding != Encoding.EMBEDDING && kind == ModelKind.EMBEDDING) {
            problems.add("modalities." + modality.name() + ".event.payload.as: is "
                    + ConfigNode.hyphenated(encoding) + ", but "
                    + (media
                            ? modality.encoder() + " takes " + taken(kind) + "; set base64, data-url, bytes or uri"
                            : "the modality has no encoder; set embedding, or give it an encoder"));
        }
    }

    private static String taken(ModelKind kind) {
        return switch (kind) {
            case TEXT_ENCODER -> "text";
            case IMAGE_ENCODER -> "images";
            case AUDIO_ENCODER -> "audio";
            default -> throw new IllegalArgumentException(kind + " encodes no modality");
        };
    }

    /** What events of a schema carry: by its name, else by its payload; null where neither decides. */
    private static String carried(String avro) {
        Schema schema = new Schema.Parser().parse(avro);
        if (schema.getType() != Schema.Type.RECORD) {
            return null;
        }
        if (schema.getFullName().equals(ImageEvent.getClassSchema().getFullName())) {
            return "images";
        }
        if (schema.getFullName().equals(AudioEvent.getClassSchema().getFullName())) {
            return "audio";
        }
        if (schema.getFullName().equals(TextEvent.getClassSchema().getFullName())) {
            return "text";
        }
        Schema.Field payload = schema.getField("payload");
        if (payload == null) {
            return null;
        }
        Set<Schema.Type> types = (payload.schema().isUnion() ? payload.schema().getTypes() : List.of(payload.schema()))
                .stream().map(Schema::getType).collect(Collectors.toSet());
        boolean text = types.contains(Schema.Type.STRING);
        boolean media = types.contains(Schema.Type.BYTES);
        return text == media ? null : text ? "text" : "media";
    }
}
