"""Which host programs ask, and when credentials may go there."""

import pytest

from qbr_pipeline.vendors.connectwise.company import ANY_CODEBASE, Company, company, server_for_programs
from qbr_pipeline.vendors.http.errors import PermanentError

CLOUD = "https://na.myconnectwise.net"


@pytest.mark.parametrize(
    ("server", "named", "asked"),
    [
        (CLOUD, "api-na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://NA.MyConnectWise.net", "api-na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://api-eu.myconnectwise.net", "api-eu.myconnectwise.net", "https://api-eu.myconnectwise.net"),
        ("https://psa.msp.example", "api.psa.msp.example", "https://api.psa.msp.example"),
        ("https://psa.msp.example:8443/cw", "api.psa.msp.example", "https://api.psa.msp.example:8443/cw"),
        ("https://api.psa.msp.example", "psa.msp.example", "https://psa.msp.example"),
    ],
)
def test_the_host_for_programs_is_asked_within_one_domain(server, named, asked) -> None:
    assert server_for_programs(server, company({"SiteUrl": named}).program_host) == asked


@pytest.mark.parametrize(
    ("server", "named"),
    [
        (CLOUD, "api-na.myconnectwise.net.evil.example"),
        (CLOUD, "evilmyconnectwise.net"),
        (CLOUD, "myconnectwise.net.example"),
        ("https://msp.co.uk", "api-msp.co.uk"),
        ("https://psa.msp.example", "other.example"),
        ("https://psa.msp.example", "example"),
        ("https://10.0.0.5", "10.0.0.6"),
        ("http://127.0.0.1:8000", "api.127.0.0.1"),
        ("https://psa.msp.example", None),
    ],
)
def test_credentials_never_go_to_a_host_of_somebody_else(server, named) -> None:
    assert server_for_programs(server, named) == server


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("api-na.myconnectwise.net", "api-na.myconnectwise.net"),
        ("https://API-NA.myconnectwise.net/", "api-na.myconnectwise.net"),
        ("user:secret@api-na.myconnectwise.net", None),
        ("api-na.myconnectwise.net:8443", None),
        ("api-na.myconnectwise.net\n", None),
        ("", None),
        ("two words", None),
        ("line\nbreak", None),
        ("http://[broken", None),
        (7, None),
        (None, None),
    ],
)
def test_a_site_url_is_a_host_or_nothing(site, host) -> None:
    assert company({"SiteUrl": site}).program_host == host


@pytest.mark.parametrize("body", [[], "x", 7, {}, {"Codebase": ["v2025_1/"]}])
def test_an_answer_of_another_shape_says_nothing(body) -> None:
    assert company(body) == Company(ANY_CODEBASE, None)


def test_a_host_that_is_somebody_elses_is_named_when_the_configured_one_refuses(client, server) -> None:
    body = {"Codebase": "v2025_1/", "SiteUrl": "api-na.myconnectwise.net"}
    server.answer("/login/companyinfo/acme", server.reply(body), api="")
    server.answer("/service/boards", server.reply({"code": "Unauthorized"}, 401))
    with pytest.raises(
        PermanentError, match=r"names api-na\.myconnectwise\.net as the host for programs"
    ) as caught:
        client.boards()
    assert "CONNECTWISE_SERVER" in caught.value.settings
