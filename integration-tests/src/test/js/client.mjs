// Produces one event a modality from the .avsc files, or reads the results back as JSON lines.
// Usage: node client.mjs produce|consume BOOTSTRAP REGISTRY TOPIC_PREFIX AVSC_DIR SAMPLE_DIR
import fs from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';

const [mode, bootstrap, registryUrl, prefix, avsc, sample] = process.argv.slice(2);
const kafka = new Kafka({ clientId: 'third-party', brokers: [bootstrap], logLevel: logLevel.ERROR });
const registry = new SchemaRegistry({ host: registryUrl });
const subject = 'from-kafkajs';
const time = 1700000000000;

async function produce() {
  const producer = kafka.producer();
  await producer.connect();
  for (const [modality, type, contentType, payload] of [
    ['image', 'ImageEvent', 'image/jpeg', { bytes: fs.readFileSync(`${sample}/beach.jpg`) }],
    ['text', 'TextEvent', 'text/plain', { string: 'What a wonderful morning at the beach!' }],
    ['audio', 'AudioEvent', 'audio/wav', { bytes: fs.readFileSync(`${sample}/beach.wav`) }],
  ]) {
    const topic = `${prefix}media.${modality}`;
    const schema = fs.readFileSync(`${avsc}/${type}.avsc`, 'utf8');
    const { id } = await registry.register({ type: SchemaType.AVRO, schema }, { subject: `${topic}-value` });
    const value = await registry.encode(id, {
      event_id: `js-${modality}`, subject_id: subject, event_time: time, content_type: contentType, payload, attributes: { group: 'js' },
    });
    await producer.send({ topic, messages: [{ key: subject, value }] });
  }
  await producer.disconnect();
}

async function consume() {
  const consumer = kafka.consumer({ groupId: `third-party-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [`${prefix}results.sentiment`, `${prefix}results.match`], fromBeginning: true });
  let seen = 0;
  await new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${seen} results within 60 s, expected 2`)), 60000).unref();
    consumer.run({
      eachMessage: async ({ topic, message }) => {
        const result = await registry.decode(message.value);
        console.log(JSON.stringify({ topic: topic.slice(prefix.length), key: message.key.toString(), result }));
        if (++seen === 2) resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
}

await (mode === 'produce' ? produce() : consume());
process.exit(0);
