/** The demo: everything embedded, the bundled stream replayed, results shown live. */
package io.sensorium.quickstart.demo;
