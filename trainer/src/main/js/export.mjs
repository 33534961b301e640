// Unpacks nsfwjs' and human's TensorFlow.js models into plain files that the Java converter reads, and computes with TensorFlow.js
// itself the outputs that the converted graphs must reproduce.
// Usage: node export.mjs OUT_DIR
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';

const require = createRequire(import.meta.url);
const out = process.argv[2];
if (!out) {
  console.error('usage: node export.mjs OUT_DIR');
  process.exit(2);
}
// The package's exports map hides its files, so they are found on disk.
const models = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'node_modules/nsfwjs/dist/models');

function load(name) {
  const dir = path.join(models, name);
  const unwrap = (m) => m.default ?? m;
  const parse = (m) => (typeof m === 'string' ? JSON.parse(m) : m);
  const model = parse(unwrap(require(path.join(dir, 'model.min.js'))));
  const shards = model.weightsManifest[0].paths.map((p) => Buffer.from(unwrap(require(path.join(dir, `${p}.min.js`))), 'base64'));
  return { model, weights: Buffer.concat(shards) };
}

function write(name, { model, weights }) {
  const dir = path.join(out, name);
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, 'topology.json'), JSON.stringify(model.modelTopology));
  fs.writeFileSync(path.join(dir, 'weights.json'), JSON.stringify(model.weightsManifest[0].weights));
  fs.writeFileSync(path.join(dir, 'weights.bin'), weights);
}

function handler({ model, weights }) {
  return tf.io.fromMemory({
    modelTopology: model.modelTopology,
    format: model.format,
    weightSpecs: model.weightsManifest[0].weights,
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  });
}

function save(name, tensor) {
  fs.writeFileSync(path.join(out, name), Buffer.from(new Float32Array(tensor.dataSync()).buffer));
  console.log(name, tensor.shape);
}

await tf.setBackend('cpu');
const inception = load('inception_v3');
const mobilenet = load('mobilenet_v2_mid');
write('inception_v3', inception);
write('mobilenet_v2_mid', mobilenet);

// Two pictures made here: a smooth gradient with rings, and seeded noise over blocks.
function pictures(size) {
  let seed = 12345;
  const random = () => ((seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff);
  const pixels = new Float32Array(2 * size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const r = Math.hypot(x - 150, y - 120);
      const at = (y * size + x) * 3;
      pixels[at] = x / size;
      pixels[at + 1] = 0.5 + 0.5 * Math.sin(r / 9);
      pixels[at + 2] = y / size;
      for (let c = 0; c < 3; c++) {
        pixels[size * size * 3 + at + c] = 0.7 * (((x >> 4) + (y >> 5) + c) % 3) / 2 + 0.3 * random();
      }
    }
  }
  return tf.tensor4d(pixels, [2, size, size, 3]);
}
const input = pictures(299);
save('pixels.bin', input);
const layers = await tf.loadLayersModel(handler(inception));
const trunk = tf.model({ inputs: layers.inputs, outputs: layers.getLayer('mixed5').output });
save('embedding.bin', trunk.predict(input).mean([1, 2]));
const graph = await tf.loadGraphModel(handler(mobilenet));
const small = tf.image.resizeBilinear(input, [224, 224], false, true);
save('moderation.bin', graph.execute(small));

const human = path.join(models, '../../../@vladmandic/human/models');
const topology = JSON.parse(fs.readFileSync(path.join(human, 'centernet.json')));
const centernet = { model: topology, weights: fs.readFileSync(path.join(human, 'centernet.bin')) };
topology.weightsManifest = [{ weights: topology.weightsManifest.flatMap((m) => m.weights) }];
write('centernet', centernet);
const picture = pictures(512);
save('centernet/picture.bin', picture);
const detector = await tf.loadGraphModel(handler(centernet));
// The graph is fixed to one picture.
const each = [0, 1].map((i) => detector.execute({ 'tower_0/images': picture.slice([i, 0, 0, 0], [1, 512, 512, 3]).mul(255) },
  ['tower_0/extern1/hard_swish/mul_1', 'tower_0/CenternetHead/mul', 'tower_0/Sigmoid']));
save('centernet/embedding.bin', tf.concat(each.map(([trunk, head, heat]) => tf.concat([trunk.mean([1, 2]), trunk.max([1, 2]), head.max([1, 2]),
  heat.max([1, 2]).add(1e-6).log()], 1))));
save('centernet/regions.bin', tf.concat(each.map(([, head]) => tf.avgPool(head, 32, 32, 'valid').reshape([1, 16, 128]))));
