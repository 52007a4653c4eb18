"""A simulated Kubernetes: the few answers of an API server that Dagster's launcher asks for, and jobs that really run.

What belongs here: jobs as processes in namespaces of their own, on one host after the other. What it cannot show:
images, scheduling, and anything else of a real cluster.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.hosts.network import Host

_CREATED = "2026-01-01T00:00:00Z"


@dataclass
class Cluster:
    """Jobs by name, on `hosts` in turn, each with the environment of a worker and what its own body adds."""

    hosts: Sequence[Host]
    environment: Mapping[str, str]

    def __post_init__(self) -> None:
        self.jobs: dict[str, tuple[dict[str, Any], subprocess.Popen[bytes]]] = {}

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Start a job, as a kubelet would."""
        name = body["metadata"]["name"]
        container = body["spec"]["template"]["spec"]["containers"][0]
        command = [*(container.get("command") or []), *(container.get("args") or [])]
        own = {each["name"]: each.get("value") or "" for each in container.get("env") or []}
        own.pop("DAGSTER_PG_PASSWORD", None)
        host = self.hosts[len(self.jobs) % len(self.hosts)]
        started = host.start_pod(name, command, {**own, **self.environment})
        self.jobs[name] = (body, started)
        return self.read(name)

    def read(self, name: str) -> dict[str, Any]:
        """A job as the API server tells it: its body, and how many of its pods work or have ended."""
        body, process = self.jobs[name]
        code = process.poll()
        count = "active" if code is None else "failed" if code else "succeeded"
        metadata = {**body["metadata"], "creationTimestamp": _CREATED}
        return {
            **body,
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "status": {count: 1, "startTime": _CREATED},
        }

    def kill(self, name: str) -> None:
        """`kill -9` of the first process of a job's pod, and so of every other one."""
        self.jobs[name][1].kill()
        self.jobs[name][1].wait()

    def end(self) -> None:
        """End every job."""
        for name in self.jobs:
            self.kill(name)


@contextmanager
def api_server(cluster: Cluster, kubeconfig: Path) -> Iterator[None]:
    """Serve the cluster on loopback, and write the file that leads there."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(201, cluster.create(body))

        def do_GET(self) -> None:
            parts = urlsplit(self.path).path.strip("/").split("/")
            if parts[-1] == "status":
                parts.pop()
            kind, name = parts[-2:]
            if kind == "jobs" and name in cluster.jobs:
                return self._answer(200, cluster.read(name))
            lists = {"jobs": "JobList", "pods": "PodList", "events": "EventList"}
            if name in lists:
                version = "batch/v1" if name == "jobs" else "v1"
                return self._answer(
                    200, {"apiVersion": version, "kind": lists[name], "metadata": {}, "items": []}
                )
            return self._answer(404, {"kind": "Status", "code": 404, "reason": "NotFound"})

        def do_DELETE(self) -> None:
            cluster.kill(urlsplit(self.path).path.rstrip("/").rpartition("/")[2])
            self._answer(200, {"kind": "Status", "status": "Success"})

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

        def _answer(self, code: int, content: dict[str, Any]) -> None:
            data = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    kubeconfig.write_text(json.dumps(_kubeconfig(f"http://127.0.0.1:{server.server_address[1]}")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        cluster.end()


def _kubeconfig(address: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "simulated",
        "contexts": [{"name": "simulated", "context": {"cluster": "simulated", "user": "nobody"}}],
        "clusters": [{"name": "simulated", "cluster": {"server": address}}],
        "users": [{"name": "nobody", "user": {}}],
    }
