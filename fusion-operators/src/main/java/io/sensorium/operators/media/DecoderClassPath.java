// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.media;

import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Loader;

/**
 * What a decoder process needs on its class path, wherever this class loader has it: folders, libraries one by one, or
 * a job jar that holds everything.
 */
final class DecoderClassPath {

    private static final String WORKER = "io/sensorium/operators/media/DecoderWorker.class";

    private DecoderClassPath() {}

    /** @throws IOException when something is missing, or is not in a file */
    static String find() throws IOException {
        String platform = Loader.getPlatform();
        List<String> resources = List.of(
                WORKER,
                "org/bytedeco/javacpp/Loader.class",
                "org/bytedeco/javacpp/" + platform + "/libjnijavacpp.so",
                "org/bytedeco/javacv/FrameGrabber.class",
                "org/bytedeco/ffmpeg/global/avutil.class",
                "org/bytedeco/ffmpeg/" + platform + "/libjniavutil.so");
        Set<String> places = new LinkedHashSet<>();
        for (String resource : resources) {
            places.add(place(resource).toString());
        }
        return String.join(File.pathSeparator, places);
    }

    private static Path place(String resource) throws IOException {
        URL url = DecoderClassPath.class.getClassLoader().getResource(resource);
        if (url == null) {
            throw new IOException("the class path lacks " + resource
                    + ", which decodes sound and WebP; add FFmpeg's jar of this platform");
        }
        try {
            URLConnection connection = url.openConnection();
            if (connection instanceof JarURLConnection jar) {
                return Path.of(jar.getJarFileURL().toURI());
            }
            Path file = Path.of(new URI(url.toString()));
            for (int i = resource.split("/").length; i > 0; i--) {
                file = file.getParent();
            }
            return file;
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new IOException("cannot start a decoder process from " + url + ": not a file", e);
        }
    }
}
