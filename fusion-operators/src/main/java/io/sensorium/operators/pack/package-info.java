/** Model packs: folders of ONNX graphs with manifests that say what each is, whence it comes and what it takes. */
package io.sensorium.operators.pack;
