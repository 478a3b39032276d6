// Runs one step of the test with Kubernetes' client for Node.js and prints what it saw as one line of JSON:
//   node steps.mjs STEP KUBECONFIG NAMESPACE POD
import { PassThrough, Readable, Writable } from 'node:stream';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates, setDefaultCACertificates } from 'node:tls';
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

  /** What a dashboard's page does, by a browser's own means: fetch, and WebSockets with the token as a subprotocol. */
  async browser() {
    setDefaultCACertificates([...rootCertificates, Buffer.from(config.getCurrentCluster().caData, 'base64').toString()]);
    const metadata = { name: 'dashboard', namespace };
    await core.createNamespacedServiceAccount({ namespace, body: { metadata } });
    await config.makeApiClient(k8s.RbacAuthorizationV1Api).createNamespacedRoleBinding({
      namespace,
      body: {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
        subjects: [{ kind: 'ServiceAccount', ...metadata }],
      },
    });
    const issued = await core.createNamespacedServiceAccountToken({ ...metadata, body: { spec: { audiences: [] } } });
    const token = issued.status.token;
    const server = config.getCurrentCluster().server;
    const ask = async (path, accept, body) => {
      const answer = await fetch(server + path, {
        method: body ? 'POST' : 'GET',
        headers: { Authorization: `Bearer ${token}`, Accept: accept, 'Content-Type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      return { code: answer.status, body: await answer.json() };
    };
    const json = 'application/json';
    const groups = await ask('/apis', `${json};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,${json}`);
    const openapi = await ask('/openapi/v3', json);
    const rules = await ask('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', json, { spec: { namespace } });
    const table = `${json};as=Table;g=meta.k8s.io;v=v1`;
    const pods = await ask(`/api/v1/namespaces/${namespace}/pods`, table);
    const everywhere = await ask('/api/v1/pods', json);

    const open = (path, subprotocol, told) => {
      const encoded = Buffer.from(token).toString('base64url');
      const socket = new WebSocket(server.replace('https', 'wss') + path, [
        `base64url.bearer.authorization.k8s.io.${encoded}`,
        subprotocol,
      ]);
      socket.binaryType = 'arraybuffer';
      socket.addEventListener('message', (message) => told.push(message.data));
      return socket;
    };
    const decoded = (messages) => messages.map((each) => Buffer.from(each, 'base64').toString()).join('');

    const events = [];
    const watch = open(`/api/v1/namespaces/${namespace}/configmaps?watch=1`, 'base64.binary.k8s.io', events);
    const watched = () => events.map((each) => JSON.parse(each)).map((e) => `${e.type} ${e.object.metadata.name}`);
    await until('the watch', () => watch.readyState === WebSocket.OPEN);
    await core.createNamespacedConfigMap({ namespace, body: configMap('shown', {}) });
    await until('the event', () => watched().includes('ADDED shown'));
    watch.close();

    const log = `/api/v1/namespaces/${namespace}/pods/${pod}/log?container=main&follow=true&tailLines=2`;
    const text = [];
    const followed = open(log, 'base64.binary.k8s.io', text);
    await until('lines', () => decoded(text).split('tick').length > 4);
    followed.close();
    const bytes = [];
    const short = open(log.replace('follow=true&', ''), 'binary.k8s.io', bytes);
    await until('the end of the log', () => short.readyState === WebSocket.CLOSED);
    let refusals = 0;
    open(log, 'v4.channel.k8s.io', []).addEventListener('error', () => refusals++);
    await until('a refusal', () => refusals > 0);

    const output = [];
    const shell = open(
      `/api/v1/namespaces/${namespace}/pods/${pod}/exec?container=main&stdout=1&command=echo&command=ahoy`,
      'base64.channel.k8s.io',
      output,
    );
    await until('the command', () => shell.readyState === WebSocket.CLOSED);
    return {
      subprotocols: [watch.protocol, followed.protocol, short.protocol, shell.protocol],
      groups: groups.body.items.map((item) => item.metadata.name).filter((name) => name === 'apps'),
      openapi: Object.keys(openapi.body.paths).includes('api/v1'),
      rules: rules.body.status.resourceRules.length > 0,
      pods: [pods.body.kind, pods.body.rows.length, pods.body.columnDefinitions[0].name],
      everywhere: everywhere.code,
      follow: decoded(text).split('\n')[0],
      log: bytes.map((each) => Buffer.from(each).toString()).join(''),
      output: decoded(output.filter((each) => each.startsWith('1')).map((each) => each.slice(1))),
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
