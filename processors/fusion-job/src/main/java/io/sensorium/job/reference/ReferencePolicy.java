// SPDX-License-Identifier: Apache-2.0
package io.sensorium.job.reference;

import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.ipv6.IPv6Address;
import io.sensorium.job.config.PipelineConfig.References;
import io.sensorium.job.records.FailureCode;
import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Which references are followed: only allow-listed schemes, hosts, buckets and folders, and no address in a private
 * network unless it is allowed. Safe for many threads.
 */
final class ReferencePolicy {

    /**
     * What no reference reaches unless it is allowed: IANA's special-purpose addresses (RFC 6890 and later), multicast,
     * and IPv6 that may stand for any IPv4 address of this network: IPv4-compatible, the translators' local prefix (RFC
     * 8215), Teredo.
     */
    private static final List<IPAddress> INTERNAL = ranges(Stream.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8"));
    /** IPv6 that stands for IPv4: the translators' prefix and 6to4. */
    private static final IPAddress TRANSLATED = range("64:ff9b::/96");

    private static final IPAddress SIX_TO_FOUR = range("2002::/16");

    private final References references;
    private final List<IPAddress> allowed;

    ReferencePolicy(References references) {
        this.references = references;
        this.allowed = ranges(references.allowAddresses().stream());
    }

    private static List<IPAddress> ranges(Stream<String> texts) {
        return texts.map(ReferencePolicy::range).toList();
    }

    /** @throws IllegalArgumentException when the text is no address or range */
    private static IPAddress range(String text) {
        IPAddress address = new IPAddressString(text).getAddress();
        if (address == null) {
            throw new IllegalArgumentException(text);
        }
        return address.toPrefixBlock();
    }

    /**
     * A reference as a URI that may be followed, as far as its text shows; what its host resolves to is checked by
     * {@link #checkAddress}, where its links lead by {@link #file}.
     *
     * @throws ReferenceException with the reason
     */
    URI check(String text) throws ReferenceException {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw ReferenceException.refused(
                    "the reference is not a URI: " + e.getReason() + " at index " + e.getIndex());
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!references.schemes().contains(scheme)) {
            throw ReferenceException.refused("the reference's scheme is \"" + scheme + "\"; references.schemes allows "
                    + (references.schemes().isEmpty() ? "none" : references.schemes()));
        }
        switch (scheme) {
            case "file" -> path(uri);
            case "s3" -> {
                if (uri.getHost() == null && uri.getAuthority() == null
                        || !references.buckets().contains(uri.getAuthority())) {
                    throw ReferenceException.refused("the bucket of " + shown(uri) + " is none of references.buckets");
                }
                if (uri.getPath() == null
                        || uri.getPath().length() < 2
                        || uri.getRawQuery() != null
                        || uri.getRawFragment() != null) {
                    throw ReferenceException.refused(shown(uri) + " names no object; expected s3://BUCKET/KEY");
                }
            }
            default -> http(uri);
        }
        return uri;
    }

    private void http(URI uri) throws ReferenceException {
        if (uri.getRawUserInfo() != null) {
            throw ReferenceException.refused(shown(uri) + " carries a user name; references carry no credentials");
        }
        String host = host(uri);
        int usual = uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
        int port = uri.getPort() == -1 ? usual : uri.getPort();
        if (references.hosts().stream()
                .noneMatch(pattern -> matches(pattern.toLowerCase(Locale.ROOT), host, port, usual))) {
            throw ReferenceException.refused("the host of " + shown(uri) + " is none of references.hosts");
        }
    }

    /** @param pattern HOST, *.DOMAIN or *, and :PORT where it is not the scheme's own */
    private static boolean matches(String pattern, String host, int port, int usual) {
        int colon = pattern.endsWith("]") ? -1 : pattern.lastIndexOf(':');
        String name = colon < 0 ? pattern : pattern.substring(0, colon);
        if (port != (colon < 0 ? usual : Integer.parseInt(pattern.substring(colon + 1)))) {
            return false;
        }
        return name.equals("*")
                || name.equals(host)
                || name.startsWith("*.") && host.endsWith(name.substring(1)) && host.length() > name.length() - 1;
    }

    private static String host(URI uri) throws ReferenceException {
        String host = uri.getHost();
        if (host == null || host.isEmpty()) {
            throw ReferenceException.refused(shown(uri) + " names no host");
        }
        if (!host.startsWith("[")) {
            try {
                host = IDN.toASCII(host);
            } catch (IllegalArgumentException e) {
                throw ReferenceException.refused("the host of " + shown(uri) + " is no host name");
            }
        }
        host = host.toLowerCase(Locale.ROOT);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /**
     * The path of a {@code file:} URI by its text alone.
     *
     * @throws ReferenceException when it has none, or it lies outside {@code references.folders}
     */
    private Path path(URI uri) throws ReferenceException {
        boolean local = uri.getAuthority() == null
                || uri.getAuthority().isEmpty()
                || uri.getAuthority().equals("localhost");
        if (!local
                || uri.isOpaque()
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || uri.getPath() == null
                || uri.getPath().indexOf('\0') >= 0) {
            throw ReferenceException.refused(shown(uri) + " is no local file; expected file:///PATH");
        }
        Path path = named(uri).normalize();
        // Before the disk is asked: whether something outside exists is nobody's business.
        if (references.folders().stream()
                .noneMatch(folder ->
                        path.startsWith(Path.of(folder).toAbsolutePath().normalize()))) {
            throw ReferenceException.refused(shown(uri) + " lies in none of references.folders");
        }
        return path;
    }

    /** A path that this worker's locale has letters for. */
    private static Path named(URI uri) throws ReferenceException {
        try {
            return Path.of(uri.getPath());
        } catch (InvalidPathException e) {
            throw new ReferenceException(
                    FailureCode.REFERENCE_UNREACHABLE,
                    shown(uri)
                            + " has letters that file names cannot have under this worker's locale (sun.jnu.encoding is "
                            + System.getProperty("sun.jnu.encoding") + "); start the worker with LANG=C.UTF-8",
                    false);
        }
    }

    /**
     * A file that may be read.
     *
     * @param folder of {@code references.folders}, links resolved
     * @param inside its path from there, which had no link when it was looked at
     */
    record AllowedFile(Path folder, Path inside) {}

    /**
     * The file of a {@code file:} URI, links resolved. Asks the disk.
     *
     * @throws ReferenceException when there is none, or it lies outside {@code references.folders}
     */
    AllowedFile file(URI uri) throws ReferenceException {
        Path path = path(uri);
        try {
            Path real = path.toRealPath();
            for (String folder : references.folders()) {
                if (!Files.isDirectory(Path.of(folder))) {
                    continue;
                }
                Path home = Path.of(folder).toRealPath();
                if (real.startsWith(home)) {
                    if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
                        throw ReferenceException.refused(shown(uri) + " is no regular file");
                    }
                    return new AllowedFile(home, home.relativize(real));
                }
            }
        } catch (IOException e) {
            throw new ReferenceException(
                    FailureCode.REFERENCE_UNREACHABLE,
                    shown(uri) + " cannot be read on this worker: "
                            + e.getClass().getSimpleName(),
                    false);
        }
        throw ReferenceException.refused(shown(uri) + " leads out of references.folders by a link");
    }

    /** Why a host's address may not be connected to; null where it may. */
    String checkAddress(InetAddress address) {
        IPAddress asked = range(address.getHostAddress().replaceFirst("%.*", ""));
        List<IPAddress> meant = new ArrayList<>(List.of(asked));
        if (asked.isIPv6()) {
            IPv6Address six = asked.toIPv6();
            if (TRANSLATED.contains(asked)) {
                meant.add(six.getEmbeddedIPv4Address());
            } else if (SIX_TO_FOUR.contains(asked)) {
                meant.add(six.getEmbeddedIPv4Address(2));
            }
        }
        if (allowed.stream().anyMatch(range -> range.contains(asked))) {
            return null;
        }
        return meant.stream().anyMatch(one -> INTERNAL.stream().anyMatch(range -> range.contains(one)))
                ? "an address in a private network; references.allow_addresses could allow it"
                : null;
    }

    /** A URI as messages may show it: without what may be secret. */
    static String shown(URI uri) {
        String authority = uri.getRawAuthority() == null
                ? ""
                : "//" + uri.getRawAuthority().replaceFirst(".*@", "");
        return uri.getScheme() + ":"
                + (uri.isOpaque()
                        ? "…"
                        : authority
                                + (uri.getRawPath() == null ? "" : uri.getRawPath())
                                + (uri.getRawQuery() == null ? "" : "?…"));
    }
}
