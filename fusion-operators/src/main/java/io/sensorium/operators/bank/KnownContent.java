// SPDX-License-Identifier: Apache-2.0
package io.sensorium.operators.bank;

import io.sensorium.operators.bank.KnownItem.Image;
import io.sensorium.operators.bank.KnownItem.Text;
import io.sensorium.operators.bank.KnownItem.Vector;
import io.sensorium.operators.bank.Match.By;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A bank of known content: items by id, found by what they are like. A million images with ids of 36 characters take
 * about 210 MB. Safe for several threads: look-ups go side by side, and wait while an item is put or removed.
 */
public final class KnownContent {

    private static final byte[][] NO_IDS = new byte[0][];

    /** Labels that are kept once for all items that have them. */
    private static final int SHARED_LABELS = 4096;

    /** What an id takes besides its own bytes: an array's header, and padding on average. */
    private static final int ID_OVERHEAD = 20;

    private static final byte IMAGE = 0;
    private static final byte TEXT = 1;

    /** From here on the encoders, by the order in which they came. */
    private static final int FIRST_ENCODER = 2;

    /** Embeddings that can be compared. */
    private record Space(String encoder, int dimension) {}

    /** Encoders that a bank has embeddings of at most. */
    static final int MAX_ENCODERS = 64;

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final HashIndex images = new HashIndex();
    private final TextIndex texts = new TextIndex();
    private final Map<Space, Integer> encoders = new HashMap<>();
    private final EmbeddingIndex[] embeddings = new EmbeddingIndex[MAX_ENCODERS];
    private final Map<String, String> labels = new HashMap<>();

    private final IntTable byId = new IntTable();
    private final Slots rows = new Slots();
    private byte[][] ids = NO_IDS;
    private String[] labelOf = new String[0];
    private byte[] kinds = new byte[0];
    private int[] places = new int[0];
    private long idBytes;

    /**
     * Adds an item, or replaces the one of its id.
     *
     * @throws IllegalArgumentException when it is an embedding by one encoder too many; the item of its id then stays
     *     as it is
     */
    public void put(KnownItem item) {
        byte[] id = item.id().getBytes(StandardCharsets.UTF_8);
        lock.writeLock().lock();
        try {
            int kind = kind(item);
            removeRow(id);
            int row = rows.take();
            if (row >= places.length) {
                resize(row + Math.max(1024, row / 4));
            }
            ids[row] = id;
            idBytes += id.length + ID_OVERHEAD;
            labelOf[row] = shared(item.label());
            kinds[row] = (byte) kind;
            places[row] = add(item, kind, row);
            byId.add(hash(id), row);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void resize(int length) {
        ids = Arrays.copyOf(ids, length);
        labelOf = Arrays.copyOf(labelOf, length);
        kinds = Arrays.copyOf(kinds, length);
        places = Arrays.copyOf(places, length);
    }

    private int kind(KnownItem item) {
        if (!(item.pattern() instanceof Vector vector)) {
            return item.pattern() instanceof Image ? IMAGE : TEXT;
        }
        int dimension = vector.vector().length;
        Space space = new Space(vector.encoder(), dimension);
        Integer known = encoders.get(space);
        if (known == null) {
            if (encoders.size() == MAX_ENCODERS) {
                throw new IllegalArgumentException("is an embedding by " + vector.encoder() + ", the bank has those of "
                        + MAX_ENCODERS + " other encoders, the most that it takes");
            }
            known = encoders.size();
            embeddings[known] = new EmbeddingIndex(dimension);
            encoders.put(space, known);
        }
        return FIRST_ENCODER + known;
    }

    private int add(KnownItem item, int kind, int row) {
        if (item.pattern() instanceof Image image) {
            return images.add(image.hash(), image.threshold(), row);
        }
        if (item.pattern() instanceof Text text) {
            return texts.add(text.fingerprint(), row);
        }
        Vector vector = (Vector) item.pattern();
        EmbeddingIndex index = embeddings[kind - FIRST_ENCODER];
        index.add(vector.vector(), vector.threshold(), row);
        return index.size() - 1;
    }

    /** Equal labels share one object; that many labels are rare, and of no harm but to memory. */
    private String shared(String label) {
        if (labels.size() == SHARED_LABELS) {
            labels.clear();
        }
        String known = labels.putIfAbsent(label, label);
        return known == null ? label : known;
    }

    /**
     * Removes the item of an id.
     *
     * @return whether there was one
     */
    public boolean remove(String id) {
        lock.writeLock().lock();
        try {
            return removeRow(id.getBytes(StandardCharsets.UTF_8));
        } finally {
            lock.writeLock().unlock();
        }
    }

    private boolean removeRow(byte[] id) {
        int hash = hash(id);
        int[] found = {-1};
        byId.each(hash, row -> {
            if (Arrays.equals(ids[row], id)) {
                found[0] = row;
            }
        });
        int row = found[0];
        if (row < 0) {
            return false;
        }
        switch (kinds[row]) {
            case IMAGE -> images.remove(places[row]);
            case TEXT -> texts.remove(places[row]);
            default -> embeddings[kinds[row] - FIRST_ENCODER].remove(places[row], moved -> places[moved] = places[row]);
        }
        byId.remove(hash, row);
        ids[row] = null;
        labelOf[row] = null;
        idBytes -= id.length + ID_OVERHEAD;
        rows.giveBack(row);
        if (rows.taken() == 0) {
            resize(0);
        }
        return true;
    }

    /** Removes all items. */
    public void clear() {
        lock.writeLock().lock();
        try {
            for (int row = 0; row < ids.length; row++) {
                if (ids[row] != null) {
                    removeRow(ids[row]);
                }
            }
            encoders.clear();
            Arrays.fill(embeddings, null);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private static int hash(byte[] id) {
        return IntTable.spread(Arrays.hashCode(id));
    }

    /**
     * The best match of an image or a text.
     *
     * @return null for none
     */
    public Match find(Fingerprint fingerprint) {
        Best best = new Best();
        lock.readLock().lock();
        try {
            if (fingerprint instanceof Fingerprint.Image image) {
                images.find(image.hash(), best::take);
                return best.match(By.PDQ);
            }
            texts.find((Fingerprint.Text) fingerprint, row -> best.take(row, 0));
            return best.match(By.TEXT);
        } finally {
            lock.readLock().unlock();
        }
    }

    /**
     * The best match of an embedding.
     *
     * @param encoder name@version of the encoder that it is by
     * @return null for none
     */
    public Match find(String encoder, float[] vector) {
        Best best = new Best();
        lock.readLock().lock();
        try {
            Integer known = encoders.get(new Space(encoder, vector.length));
            if (known == null) {
                return null;
            }
            embeddings[known].find(vector, best::take);
            return best.match(By.EMBEDDING);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The best of what is found. */
    private final class Best {
        private int row = -1;
        private double distance;

        void take(int found, double at) {
            if (row < 0 || at < distance || at == distance && Arrays.compareUnsigned(ids[found], ids[row]) < 0) {
                row = found;
                distance = at;
            }
        }

        Match match(By by) {
            return row < 0 ? null : new Match(new String(ids[row], StandardCharsets.UTF_8), labelOf[row], by, distance);
        }
    }

    /** Whether it has embeddings by an encoder, of a number of dimensions. */
    public boolean hasEmbeddings(String encoder, int dimension) {
        lock.readLock().lock();
        try {
            Integer known = encoders.get(new Space(encoder, dimension));
            return known != null && embeddings[known].size() > 0;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** How many items it has. */
    public int size() {
        lock.readLock().lock();
        try {
            return rows.taken();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** How many of them are compared by something. */
    public int size(By by) {
        lock.readLock().lock();
        try {
            return switch (by) {
                case PDQ -> images.size();
                case TEXT -> texts.size();
                case EMBEDDING -> rows.taken() - images.size() - texts.size();
            };
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Bytes that it takes, without the labels, roughly. */
    public long bytes() {
        lock.readLock().lock();
        try {
            long bytes = images.bytes() + texts.bytes() + byId.bytes() + rows.bytes() + idBytes;
            for (EmbeddingIndex index : embeddings) {
                bytes += index == null ? 0 : index.bytes();
            }
            // References of four bytes, as in heaps below 32 GB.
            return bytes + ids.length * (4L + 4 + 1 + Integer.BYTES);
        } finally {
            lock.readLock().unlock();
        }
    }
}
