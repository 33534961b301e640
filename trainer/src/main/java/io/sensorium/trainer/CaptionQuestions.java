// SPDX-License-Identifier: Apache-2.0
package io.sensorium.trainer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Questions with answers from a small set, taken from a picture's captions: an answer counts where most captions agree
 * on it, and a thing is absent where none names it. After Ren et al., "Exploring Models and Data for Image Question
 * Answering", 2015. Stateless.
 */
final class CaptionQuestions {

    /** One question about a picture. */
    record Question(String question, String answer) {}

    private static final String COLOURS = "black|white|brown|red|blue|green|yellow|orange|pink|purple|gray|grey|tan";

    private static final Map<String, String> BEINGS = words(
            "man",
            "man|guy|male",
            "woman",
            "woman|lady|female",
            "boy",
            "boy|boys",
            "girl",
            "girl|girls",
            "child",
            "child|children|kid|kids|toddler|baby",
            "dog",
            "dog|dogs|puppy",
            "people",
            "people|men|women|group|crowd|couple|players");

    private static final Map<String, String> PLACES = words(
            "water",
            "water|pool|ocean|lake|river|sea|wave|waves",
            "snow",
            "snow|snowy|ice",
            "grass",
            "grass|grassy|field|lawn",
            "street",
            "street|road|sidewalk|city",
            "beach",
            "beach|sand|sandy|shore",
            "rocks",
            "rock|rocks|cliff|mountain|mountains|hill",
            "indoors",
            "room|couch|bed|kitchen|floor|table");

    private static final Map<String, String> DEEDS = words(
            "running",
            "running|runs|run",
            "jumping",
            "jumping|jumps|leaping|leaps",
            "sitting",
            "sitting|sits|seated",
            "standing",
            "standing|stands",
            "swimming",
            "swimming|swims",
            "riding",
            "riding|rides",
            "playing",
            "playing|plays",
            "climbing",
            "climbing|climbs",
            "walking",
            "walking|walks");

    private static final Map<String, String> THINGS = words(
            "dog",
            "dog|dogs|puppy",
            "child",
            "child|children|kid|kids|boy|boys|girl|girls|baby|toddler",
            "ball",
            "ball|football|soccer|basketball|baseball|tennis",
            "bike",
            "bike|bicycle|motorcycle|bikes|biker",
            "man",
            "man|men|guy",
            "woman",
            "woman|women|lady");

    private CaptionQuestions() {}

    private static Map<String, String> words(String... pairs) {
        Map<String, String> words = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            words.put(pairs[i], pairs[i + 1]);
        }
        return words;
    }

    /**
     * @param captions of one picture, three at least
     * @param id selects the absent things for the questions
     */
    static List<Question> of(String id, List<String> captions) {
        List<String> texts = captions.stream()
                .map(text -> " " + text.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", " ") + " ")
                .toList();
        List<Question> questions = new ArrayList<>();
        most(texts, BEINGS, 3).ifPresent(answer -> questions.add(new Question("Who is in the picture?", answer)));
        Map<String, String> places = new LinkedHashMap<>(PLACES);
        places.putAll(THINGS);
        List<String> there = places.keySet().stream()
                .filter(thing -> mentions(texts, places.get(thing)) >= 2)
                .toList();
        List<String> absent = places.keySet().stream()
                .filter(thing -> mentions(texts, places.get(thing)) == 0)
                .toList();
        int pick = Math.floorMod(id.hashCode(), 1 << 20);
        for (int i = 0; i < 2 && i < there.size() && i < absent.size(); i++) {
            questions.add(new Question(question(there.get((pick + i) % there.size())), "yes"));
            questions.add(new Question(question(absent.get((pick + i) % absent.size())), "no"));
        }
        most(texts, PLACES, 2).ifPresent(answer -> questions.add(new Question("Where is it?", answer)));
        most(texts, DEEDS, 2).ifPresent(answer -> questions.add(new Question("What are they doing?", answer)));
        Map<String, String> dogs = colours("(dog|dogs|puppy)");
        most(texts, dogs, 2).ifPresent(answer -> questions.add(new Question("What colour is the dog?", answer)));
        most(texts, colours("(shirt|jacket|coat|top|dress|uniform|sweater|outfit)"), 2)
                .ifPresent(answer -> questions.add(new Question("What colour are the clothes?", answer)));
        long several = mentions(texts, "two dogs|two brown dogs|two black dogs|two white dogs");
        if (several >= 2) {
            questions.add(new Question("How many dogs are there?", "two"));
        } else if (mentions(texts, "dog") >= 4 && mentions(texts, "dogs") == 0) {
            questions.add(new Question("How many dogs are there?", "one"));
        }
        return questions;
    }

    private static String question(String thing) {
        return PLACES.containsKey(thing)
                ? thing.equals("indoors") ? "Is it indoors?" : "Is there " + thing + " in the picture?"
                : "Is there a " + thing + " in the picture?";
    }

    private static Map<String, String> colours(String things) {
        Map<String, String> colours = new LinkedHashMap<>();
        Arrays.stream(COLOURS.split("\\|"))
                .forEach(colour -> colours.put(
                        colour.equals("grey") ? "gray" : colour,
                        (colour.equals("gray") ? "gr[ae]y" : colour) + "( [a-z]+)? " + things));
        return colours;
    }

    private static long mentions(List<String> texts, String words) {
        return texts.stream()
                .filter(text -> text.matches(".* (" + words + ") .*"))
                .count();
    }

    /** The word that at least this many captions contain, and more than any other. */
    private static java.util.Optional<String> most(List<String> texts, Map<String, String> words, int least) {
        String best = null;
        long highest = 0;
        boolean tie = false;
        for (Map.Entry<String, String> word : words.entrySet()) {
            long count = mentions(texts, word.getValue());
            tie = count == highest || tie && count < highest;
            if (count > highest) {
                highest = count;
                best = word.getKey();
            }
        }
        return highest >= least && !tie ? java.util.Optional.of(best) : java.util.Optional.empty();
    }
}
