"""Runs one step of the test with Kubernetes' client for Python and prints what it saw as one line of JSON:
  python3 steps.py STEP KUBECONFIG NAMESPACE POD
"""

import json
import sys
import threading
import time

from kubernetes import client, config, dynamic, stream, utils, watch
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

step, kubeconfig, namespace, pod = sys.argv[1:]
config.load_kube_config(kubeconfig)
core = client.CoreV1Api()


def config_map(name, data, labels=None):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels or {}}, "data": data}


def failure(call):
    try:
        call()
    except client.ApiException as e:
        status = json.loads(e.body)
        return {"code": e.status, "reason": status["reason"], "message": status["message"]}
    raise AssertionError("the call did not fail")


def objects():
    for name in ("one", "two", "three"):
        core.create_namespaced_config_map(namespace, config_map(name, {"a": "1"}, {"step": "objects"}))
    page = core.list_namespaced_config_map(namespace, label_selector="step=objects", limit=2)
    rest = core.list_namespaced_config_map(
        namespace, label_selector="step=objects", limit=2, _continue=page.metadata._continue
    )
    patched = core.patch_namespaced_config_map("one", namespace, {"data": {"strategic": "2", "a": None}})
    stale = core.read_namespaced_config_map("one", namespace)
    core.replace_namespaced_config_map("one", namespace, config_map("one", {"replaced": "3"}))
    modified = failure(lambda: core.replace_namespaced_config_map("one", namespace, stale))
    invalid = failure(lambda: core.create_namespaced_config_map(namespace, config_map("No_Name", {})))
    removed = core.delete_namespaced_config_map("one", namespace)
    # The models of this version know every object that a cluster has at first.
    known = [
        len(core.list_node().items),
        len(core.list_pod_for_all_namespaces().items),
        len(client.RbacAuthorizationV1Api().list_cluster_role().items) > 0,
        len(core.list_event_for_all_namespaces().items) > 0,
        len(client.ApisApi().get_api_versions().groups) > 0,
        client.VersionApi().get_code().major,
    ]
    return {
        "pages": [len(page.items), len(rest.items)],
        "created": page.items[0].metadata.creation_timestamp.year > 2000,
        "data": patched.data,
        "removed": removed.status,
        "known": known,
        "failures": {"modified": modified, "invalid": invalid},
    }


def follow():
    """Follows ConfigMaps from where a list was, for two seconds at a time."""
    start = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, config_map("followed", {"v": "1"}))
    core.patch_namespaced_config_map("followed", namespace, {"data": {"v": "2"}})
    core.delete_namespaced_config_map("followed", namespace)
    seen = []
    for event in watch.Watch().stream(
        core.list_namespaced_config_map,
        namespace,
        resource_version=start,
        field_selector="metadata.name=followed",
        timeout_seconds=2,
    ):
        seen.append(event["type"] + " " + event["object"].data["v"])
    return {"seen": seen}


def custom_resource():
    group = "pythonclient.example.com"
    utils.create_from_dict(
        client.ApiClient(),
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "rafts." + group},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"plural": "rafts", "singular": "raft", "kind": "Raft", "listKind": "RaftList"},
                "versions": [
                    {
                        "name": "v1",
                        "served": True,
                        "storage": True,
                        "schema": {
                            "openAPIV3Schema": {
                                "type": "object",
                                "properties": {
                                    "spec": {
                                        "type": "object",
                                        "properties": {"logs": {"type": "integer", "minimum": 1}},
                                    }
                                },
                            }
                        },
                    }
                ],
            },
        },
    )
    raft = lambda logs: {
        "apiVersion": group + "/v1",
        "kind": "Raft",
        "metadata": {"name": "kon-tiki"},
        "spec": {"logs": logs},
    }
    for _ in range(100):
        try:
            # Discovery is asked anew by each client.
            rafts = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version=group + "/v1", kind="Raft")
            break
        except dynamic.exceptions.ResourceNotFoundError:
            time.sleep(0.1)
    rafts.create(raft(9), namespace=namespace)
    applied = rafts.server_side_apply(
        json.dumps(raft(10)),  # this version cannot write it down itself
        name="kon-tiki",
        namespace=namespace,
        field_manager="python",
        force_conflicts=True,
    )
    patched = rafts.patch(
        {"metadata": {"name": "kon-tiki"}, "spec": {"logs": 11}},
        namespace=namespace,
        content_type="application/merge-patch+json",
    )
    listed = [item.metadata.name for item in rafts.get(namespace=namespace).items]
    rafts.delete(name="kon-tiki", namespace=namespace)
    try:
        rafts.get(name="kon-tiki", namespace=namespace)
    except dynamic.exceptions.NotFoundError as e:
        missing = e.status
    return {"applied": applied.spec.logs, "patched": patched.spec.logs, "listed": listed, "missing": missing}


def streams():
    logged = core.read_namespaced_pod_log(pod, namespace, tail_lines=1).strip()
    for line in watch.Watch().stream(core.read_namespaced_pod_log, name=pod, namespace=namespace, tail_lines=1):
        followed = line
        break
    command = stream.stream(
        core.connect_get_namespaced_pod_exec,
        pod,
        namespace,
        command=["sh", "-c", "read a; echo $a; echo wrong >&2; exit 7"],
        stdin=True,
        stdout=True,
        stderr=True,
        _preload_content=False,
    )
    command.write_stdin("typed\n")
    command.run_forever(timeout=60)
    forward = stream.portforward(core.connect_get_namespaced_pod_portforward, pod, namespace, ports="8080")
    port = forward.socket(8080)
    port.setblocking(True)
    port.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
    answer = b""
    while True:
        piece = port.recv(4096)
        if not piece:
            break
        answer += piece
    return {
        "logged": logged,
        "followed": followed,
        "out": command.read_stdout(),
        "err": command.read_stderr(),
        "exit": command.returncode,
        "answer": answer.decode(),
        "error": forward.error(8080),
    }


def leader():
    """Two candidates, by a ConfigMap: one leads."""
    leading = []
    started = threading.Event()

    def candidate(name):
        def lead():
            leading.append(name)
            started.set()

        lock = ConfigMapLock("election", namespace, name)
        settings = electionconfig.Config(
            lock, lease_duration=17, renew_deadline=15, retry_period=1, onstarted_leading=lead, onstopped_leading=None
        )
        threading.Thread(target=leaderelection.LeaderElection(settings).run, daemon=True).start()

    candidate("first")
    started.wait(60)
    candidate("second")
    time.sleep(3)
    return {"leading": leading}


steps = {
    "objects": objects,
    "follow": follow,
    "custom-resource": custom_resource,
    "streams": streams,
    "leader": leader,
}
# What the client's parts print is no part of what was seen.
printed, sys.stdout = sys.stdout, sys.stderr
seen = steps[step]()
print("SEEN " + json.dumps(seen), file=printed, flush=True)
