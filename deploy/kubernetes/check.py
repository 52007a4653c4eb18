"""Lints the chart, renders it, and holds what comes out against the schemas of Kubernetes; prints what it found.

`pip install helm-python-sdk==0.2.2 kubernetes-validate==1.37.0 pyyaml`, then `python deploy/kubernetes/check.py`. No
cluster is needed, and none was ever tried.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate
import yaml

CHART = Path(__file__).parent / "chart"
VERSIONS = ("1.31", "1.37")
RIGHT = {
    "as it is": {},
    "by digest, with ingress": {
        "image": {"repository": "registry.example.com/qbr", "tag": "0.2.0", "pullPolicy": "Always"},
        "ingress": {
            "enabled": True,
            "className": "nginx",
            "host": "qbr.example.com",
            "tlsSecretName": "qbr-tls",
        },
    },
    "three copies, nights on": {"replicas": 3, "environment": {"QBR_COLLECTION_ENABLED": "true"}},
}
WRONG = {
    "no copy": {"replicas": 0},
    "a setting that is no text": {"environment": {"QBR_COLLECTION_ENABLED": True}},
    "a misspelt key": {"imagee": {"tag": "0.2.0"}},
}


def main() -> int:
    """0 when everything holds."""
    faults = 0
    chart = helm.Chart.load(str(CHART))
    linted = helm.lint(str(CHART))
    faults += len(linted["errors"])
    print("lint:", linted)
    for name, values in RIGHT.items():
        documents = rendered(chart, values)
        for version in VERSIONS:
            wrong = [f"    {fault}" for each in documents for fault in faults_of(each, version)]
            faults += len(wrong)
            word = "are NOT all" if wrong else "are"
            print(
                f"{name}: {len(documents)} objects {word} valid for Kubernetes {version}, strictly",
                *wrong,
                sep="\n",
            )
    for name, values in WRONG.items():
        try:
            chart.validate_schema(values)
        except helm.HelmError as error:
            print(f"{name}: refused: {str(error).splitlines()[-1].strip()}")
        else:
            faults += 1
            print(f"{name}: NOT refused")
    return 1 if faults else 0


def faults_of(each: dict[str, Any], version: str) -> Iterator[str]:
    """What is wrong with an object for a version of Kubernetes."""
    try:
        kubernetes_validate.validate(each, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{each['kind']} {each['metadata']['name']}: {error}"


def rendered(chart: helm.Chart, values: dict[str, object]) -> list[dict[str, Any]]:
    """The objects that the chart makes of some values."""
    files = chart.render(values)
    texts = files.values() if isinstance(files, dict) else [files]
    return [each for text in texts for each in yaml.safe_load_all(text) if each]


if __name__ == "__main__":
    sys.exit(main())
