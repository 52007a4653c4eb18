"""Through a company's proxy, with a company's own certificate authority, to ConnectWise's cloud: over real TLS."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from qbr_pipeline.demo.connectwise.rows import Board
from qbr_pipeline.demo.connectwise.server import (
    DEMO_CLIENT_ID,
    DEMO_COMPANY_ID,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
    SimulatedConnectWise,
)
from qbr_pipeline.demo.connectwise.world import World
from qbr_pipeline.settings import ConnectWiseAccess, Settings
from qbr_pipeline.vendors.connectwise.client import ConnectWise
from qbr_pipeline.vendors.http.errors import PermanentError, RetriesExhausted
from qbr_pipeline_tests.vendors.connectwise.conftest import FakeTime
from qbr_pipeline_tests.vendors.connectwise.tls import TlsFront, make_certificate

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "requests_ca_bundle", "curl_ca_bundle")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def simulator() -> Iterator[SimulatedConnectWise]:
    with SimulatedConnectWise(World([Board(1, "Help Desk")])) as running:
        yield running


@pytest.fixture
def front(certificate: tuple[Path, Path], simulator: SimulatedConnectWise) -> Iterator[TlsFront]:
    with TlsFront(*certificate, int(simulator.url.rpartition(":")[2])) as running:
        yield running


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, certificate: tuple[Path, Path]) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))


def access(server: str) -> ConnectWiseAccess:
    return Settings.read(
        {
            "CONNECTWISE_SERVER": server,
            "CONNECTWISE_COMPANY_ID": DEMO_COMPANY_ID,
            "CONNECTWISE_PUBLIC_KEY": DEMO_PUBLIC_KEY,
            "CONNECTWISE_PRIVATE_KEY": DEMO_PRIVATE_KEY,
            "CONNECTWISE_CLIENT_ID": DEMO_CLIENT_ID,
        }
    ).connectwise


def boards(server: str) -> list[str]:
    with ConnectWise(access(server), sleep=FakeTime().sleep) as client:
        return [board.name for board in client.boards()]


def nowhere() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_what_people_copy_from_the_browser_reaches_the_host_for_programs(
    front: TlsFront, simulator: SimulatedConnectWise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{front.port}")
    simulator.site_url = "api-na.myconnectwise.net"
    with ConnectWise(access("na.myconnectwise.net")) as client:
        assert [board.name for board in client.boards()] == ["Help Desk"]
        assert client.remarks == (
            "asked at api-na.myconnectwise.net, which companyinfo names as the host for programs",
        )
    assert front.tunnels == ["na.myconnectwise.net:443", "api-na.myconnectwise.net:443"]


def test_a_host_of_somebody_else_is_never_asked(
    front: TlsFront, simulator: SimulatedConnectWise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{front.port}")
    simulator.site_url = "api-na.myconnectwise.net.evil.example"
    assert boards("na.myconnectwise.net") == ["Help Desk"]
    assert set(front.tunnels) == {"na.myconnectwise.net:443"}


def test_a_proxy_is_passed_by_for_the_hosts_of_no_proxy(
    front: TlsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", nowhere())
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert boards(f"localhost:{front.port}") == ["Help Desk"]
    assert front.tunnels == []


def test_an_authority_that_no_bundle_names_is_not_trusted_and_the_sentence_says_where_to_name_it(
    front: TlsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(PermanentError, match=r"not trusted on this machine.*REQUESTS_CA_BUNDLE"):
        boards(f"localhost:{front.port}")


def test_a_bundle_that_is_not_there_is_a_sentence(front: TlsFront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authorities.pem")
    with pytest.raises(PermanentError, match="REQUESTS_CA_BUNDLE names no file") as caught:
        boards(f"localhost:{front.port}")
    assert caught.value.settings == ("REQUESTS_CA_BUNDLE",)


def test_a_certificate_authority_must_vouch_for_the_very_name(front: TlsFront) -> None:
    with pytest.raises(PermanentError, match="certificate of the server in CONNECTWISE_SERVER"):
        boards(f"127.0.0.1:{front.port}")


def test_a_proxy_that_is_not_there_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", nowhere())
    with pytest.raises(RetriesExhausted, match="the proxy that HTTPS_PROXY names"):
        boards("na.myconnectwise.net")
