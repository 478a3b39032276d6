// Runs one step of the test with Kubernetes' client for Node.js and prints what it saw as one line of JSON:
//   node steps.mjs STEP KUBECONFIG NAMESPACE POD
import { PassThrough, Readable, Writable } from 'node:stream';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as k8s from '@kubernetes/client-node';

const [step, kubeconfig, namespace, pod] = process.argv.slice(2);
const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(k8s.CoreV1Api);

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, condition) {
  for (let i = 0; i < 200; i++) {
    if (condition()) {
      return;
    }
    await sleep(50);
  }
  throw new Error(`waited too long for ${what}`);
}

/** A stream that keeps what is written to it. */
function collector() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

async function failure(call) {
  try {
    await call();
  } catch (e) {
    const status = typeof e.body === 'string' ? JSON.parse(e.body) : e.body;
    return { code: e.code, reason: status.reason, message: status.message };
  }
  throw new Error('the call did not fail');
}

const configMap = (name, data, labels = {}) => ({ metadata: { name, labels }, data });
const as = (strategy) => k8s.setHeaderOptions('Content-Type', strategy);

/** Runs a command in the pod to its end. */
function run(command, stdin) {
  const out = collector();
  const err = collector();
  return new Promise((resolve, reject) => {
    const ended = (status) =>
      resolve({
        out: out.text(),
        err: err.text(),
        exit: status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message,
      });
    new k8s.Exec(config).exec(namespace, pod, 'main', command, out.stream, err.stream, stdin, false, ended).catch(reject);
  });
}

const steps = {
  async objects() {
    for (const name of ['one', 'two', 'three']) {
      await core.createNamespacedConfigMap({ namespace, body: configMap(name, { a: '1' }, { step: 'objects' }) });
    }
    const listed = { namespace, labelSelector: 'step=objects' };
    const page = await core.listNamespacedConfigMap({ ...listed, limit: 2 });
    const rest = await core.listNamespacedConfigMap({ ...listed, _continue: page.metadata._continue });
    const one = { name: 'one', namespace };
    await core.patchNamespacedConfigMap(
      { ...one, body: [{ op: 'add', path: '/data/json', value: '2' }] },
      as(k8s.PatchStrategy.JsonPatch),
    );
    await core.patchNamespacedConfigMap({ ...one, body: { data: { merge: '3' } } }, as(k8s.PatchStrategy.MergePatch));
    await core.patchNamespacedConfigMap(
      { ...one, body: { data: { strategic: '4', a: null } } },
      as(k8s.PatchStrategy.StrategicMergePatch),
    );
    const applied = (value) => ({
      ...one,
      fieldManager: 'node',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: value },
    });
    const after = await core.patchNamespacedConfigMap(applied({ applied: '5' }), as(k8s.PatchStrategy.ServerSideApply));
    const conflict = await failure(() =>
      core.patchNamespacedConfigMap(applied({ merge: 'mine' }), as(k8s.PatchStrategy.ServerSideApply)),
    );
    const stale = { ...after, metadata: { ...after.metadata, resourceVersion: '1' } };
    const modified = await failure(() => core.replaceNamespacedConfigMap({ ...one, body: stale }));
    const exists = await failure(() => core.createNamespacedConfigMap({ namespace, body: configMap('one', {}) }));
    const invalid = await failure(() => core.createNamespacedConfigMap({ namespace, body: configMap('No_Name', {}) }));
    const removed = await core.deleteNamespacedConfigMap(one);
    const missing = await failure(() => core.readNamespacedConfigMap(one));
    return {
      pages: [page.items.length, rest.items.length, page.metadata.remainingItemCount],
      created: after.metadata.creationTimestamp instanceof Date,
      data: after.data,
      removed: removed.status,
      failures: { conflict, modified, exists, invalid, missing },
    };
  },

  /** Follows ConfigMaps; what happens while it is away it learns of from where it was. */
  async informer() {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const told = [];
    const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
    for (const event of ['add', 'update', 'delete']) {
      informer.on(event, (object) => told.push(`${event} ${object.metadata.name} ${object.data?.v ?? ''}`.trim()));
    }
    await informer.start();
    const create = (name, v) => core.createNamespacedConfigMap({ namespace, body: configMap(name, { v }) });
    const change = (name, v) =>
      core.patchNamespacedConfigMap({ name, namespace, body: { data: { v } } }, as(k8s.PatchStrategy.MergePatch));
    await create('followed', '1');
    await until('the addition', () => told.includes('add followed 1'));
    await change('followed', '2');
    await until('the change', () => told.includes('update followed 2'));
    const cached = informer.get('followed', namespace).data.v;
    await informer.stop();

    const seen = await core.readNamespacedConfigMap({ name: 'followed', namespace });
    await change('followed', '3');
    await core.deleteNamespacedConfigMap({ name: 'followed', namespace });
    const replayed = [];
    const watch = await new k8s.Watch(config).watch(
      path,
      { resourceVersion: seen.metadata.resourceVersion, allowWatchBookmarks: true },
      (type, object) => replayed.push(`${type} ${object.metadata.name ?? ''}`.trim()),
      () => {},
    );
    await until('what was missed', () => replayed.includes('DELETED followed'));
    watch.abort();
    return { told: told.filter((line) => line.includes('followed')), cached, replayed };
  },

  async customResource() {
    const group = 'nodeclient.example.com';
    await config.makeApiClient(k8s.ApiextensionsV1Api).createCustomResourceDefinition({
      body: {
        metadata: { name: `ships.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural: 'ships', singular: 'ship', kind: 'Ship', listKind: 'ShipList' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              subresources: { status: {} },
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: {
                    spec: { type: 'object', properties: { masts: { type: 'integer', minimum: 1 } } },
                    status: { type: 'object', properties: { port: { type: 'string' } } },
                  },
                },
              },
            },
          ],
        },
      },
    });
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const ships = { group, version: 'v1', namespace, plural: 'ships' };
    const ship = (masts) => ({
      apiVersion: `${group}/v1`,
      kind: 'Ship',
      metadata: { name: 'albatross', namespace },
      spec: { masts },
    });
    for (let i = 0; ; i++) {
      try {
        await custom.createNamespacedCustomObject({ ...ships, body: ship(2) });
        break;
      } catch (e) {
        if (e.code !== 404 || i > 50) {
          throw e;
        }
        await sleep(100);
      }
    }
    const named = { ...ships, name: 'albatross' };
    await custom.patchNamespacedCustomObject(
      { ...named, body: { spec: { masts: 3 } } },
      as(k8s.PatchStrategy.MergePatch),
    );
    await custom.patchNamespacedCustomObjectStatus(
      { ...named, body: [{ op: 'add', path: '/status', value: { port: 'home' } }] },
      as(k8s.PatchStrategy.JsonPatch),
    );
    const invalid = await failure(() =>
      custom.patchNamespacedCustomObject({ ...named, body: { spec: { masts: 0 } } }, as(k8s.PatchStrategy.MergePatch)),
    );
    const listed = await custom.listNamespacedCustomObject(ships);
    const objects = k8s.KubernetesObjectApi.makeApiClient(config);
    const applied = await objects.patch(
      ship(4),
      undefined,
      undefined,
      'node',
      true,
      k8s.PatchStrategy.ServerSideApply,
    );
    const read = await objects.read(ship(0));
    await objects.delete(ship(0));
    return {
      listed: listed.items.map((item) => `${item.metadata.name} ${item.spec.masts} ${item.status.port}`),
      applied: applied.spec.masts,
      read: read.spec.masts,
      invalid,
      missing: await failure(() => custom.getNamespacedCustomObject(named)),
    };
  },

  async streams() {
    const log = collector();
    await new k8s.Log(config).log(namespace, pod, 'main', log.stream, { follow: true, tailLines: 2 });
    await until('two lines more', () => log.text().split('tick').length > 4);

    const status = await run(['sh', '-c', 'cat; echo wrong >&2; exit 7'], Readable.from(['typed\n']));

    const directory = mkdtempSync(join(tmpdir(), 'copied'));
    writeFileSync(join(directory, 'there'), 'cargo'.repeat(100000));
    await new k8s.Cp(config).cpToPod(namespace, pod, 'main', directory, '/tmp');
    let copied = '';
    for (let i = 0; i < 50 && copied !== '500000'; i++) {
      copied = (await run(['sh', '-c', 'wc -c < /tmp/there'], null)).out.trim(); // the client does not wait for tar
    }

    const answer = collector();
    const asked = new PassThrough();
    const forward = await new k8s.PortForward(config).portForward(namespace, pod, [8080], answer.stream, null, asked);
    asked.write('GET /hello HTTP/1.0\r\n\r\n');
    await until('an answer', () => answer.text().includes('aboard'));
    forward.close();

    const attached = collector();
    const joined = await new k8s.Attach(config).attach(namespace, pod, 'main', attached.stream, null, null, false);
    await until('a line', () => attached.text().includes('tick'));
    joined.close();
    return {
      log: log.text().split('\n')[0],
      out: status.out,
      err: status.err,
      exit: status.exit,
      copied,
      answer: answer.text().split('\r\n')[0],
    };
  },

  async metrics() {
    const measured = await new k8s.Metrics(config).getNodeMetrics();
    const nodes = await k8s.topNodes(core);
    return { measured: measured.items.length, nodes: nodes.length, cpus: Number(nodes[0].CPU.Capacity) };
  },
};

steps[step]().then(
  (seen) => {
    console.log(JSON.stringify(seen));
    process.exit(0);
  },
  (e) => {
    console.error(e);
    process.exit(1);
  },
);
