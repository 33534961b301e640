package io.sensorium.operators.media;

/** Every which pixel of a picture is read. @param across of a row; @param down of the rows */
record Subsampling(int across, int down) {

    /** Where a picture is far larger than needed: the same both ways, so that at least twice the side is left, and more along a side that is very long. */
    static Subsampling of(int width, int height, int side) {
        int both = Math.max(1, Math.min(width, height) / (2 * side));
        return new Subsampling(Math.max(both, width / (16 * side)), Math.max(both, height / (16 * side)));
    }

    int width(int whole) {
        return (whole + across - 1) / across;
    }

    int height(int whole) {
        return (whole + down - 1) / down;
    }
}
