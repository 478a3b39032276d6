// Asks Waybill for what a manifest says, over Kafka, and prints the outcome as one line of JSON.
//
//   node publish.mjs BOOTSTRAP_SERVERS REGISTRY_URL MANIFEST_FILE [PUBLISHER]
//
// A publisher writes to its own topic, waybill.requests.<publisher>, in the Confluent wire format under the subject
// <topic>-value, and finds its answer on waybill.outcomes by the id that it gave in the header ce_id.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import registryModule from '@kafkajs/confluent-schema-registry';
import kafkaModule from 'kafkajs';

const { COMPATIBILITY, SchemaRegistry, SchemaType } = registryModule;
const { Kafka, logLevel } = kafkaModule;

const [bootstrapServers, registryUrl, manifestFile, publisher = 'local'] = process.argv.slice(2);
const patienceMillis = 60_000;
const topic = `waybill.requests.${publisher}`;

// DesiredStateRequest as Waybill publishes it; every frozen version can be used for ever.
const schemaFile = process.env.REQUEST_SCHEMA ??
  new URL('../../event-schemas/src/main/resources/schema-history/DesiredStateRequest/1.avsc', import.meta.url);

const kafka = new Kafka({
  clientId: `publisher-${publisher}`,
  brokers: bootstrapServers.split(','),
  logLevel: logLevel.NOTHING,
});
const registry = new SchemaRegistry({ host: registryUrl });

async function outcomeOf(requestId, publish) {
  const consumer = kafka.consumer({ groupId: `${publisher}-${requestId}`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topic: 'waybill.outcomes', fromBeginning: true });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no outcome within ${patienceMillis / 1000} s`)), patienceMillis);
      consumer
        .run({
          eachMessage: async ({ message }) => {
            const outcome = await registry.decode(message.value);
            if (outcome.requestId === requestId) {
              clearTimeout(timer);
              resolve(outcome);
            }
          },
        })
        .then(publish)
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}

async function main() {
  const manifest = readFileSync(manifestFile, 'utf8');
  const schema = readFileSync(schemaFile, 'utf8');
  const { id } = await registry.register({ type: SchemaType.AVRO, schema }, {
    subject: `${topic}-value`,
    compatibility: COMPATIBILITY.FULL, // as Waybill's registry demands
  });
  const value = await registry.encode(id, { operation: 'CREATE', manifest });
  const requestId = randomUUID();
  const producer = kafka.producer();
  await producer.connect();
  try {
    const outcome = await outcomeOf(requestId, () =>
      producer.send({ topic, messages: [{ value, headers: { ce_id: requestId } }] }));
    console.log(JSON.stringify(outcome, (_, field) => (typeof field === 'bigint' ? Number(field) : field)));
    process.exitCode = outcome.accepted ? 0 : 1;
  } finally {
    await producer.disconnect();
  }
}

main().catch((error) => {
  console.error(String(error.stack ?? error));
  process.exitCode = 2;
});
