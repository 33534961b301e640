/**
 * What the dashboard shows: records as they are committed, the state of the topics, and media by their coordinates.
 * Content of events is hostile here: it leaves as data, never as markup.
 */
package io.sensorium.rollup.feed;
