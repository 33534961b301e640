/**
 * Model packs: folders of ONNX graphs with manifests that state what each is, where it comes from and what it takes.
 */
package io.sensorium.operators.pack;
