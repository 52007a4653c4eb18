"""What the environment may hold, what is said about the rest, and that no secret is ever among it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import is_valid_cron_string
from hypothesis import given, settings, strategies
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from qbr_pipeline.periods import Month
from qbr_pipeline.settings import CHECKOUT, CountsAs, DeviceMonth, DeviceSource, Role, Settings, SettingsError
from qbr_pipeline.settings.addresses import normalise_database_url
from qbr_pipeline.settings.schedule import cron

VARIABLES = sorted(str(field.alias) for field in Settings.model_fields.values())
SECRET = "Gehe1mSecret"
LONG_SECRET = SECRET * 2
CONNECTWISE = {
    "CONNECTWISE_SERVER": "na.myconnectwise.net",
    "CONNECTWISE_COMPANY_ID": "acme",
    "CONNECTWISE_PUBLIC_KEY": "PublicKeyOne",
    "CONNECTWISE_PRIVATE_KEY": "PrivateKeyTwo",
    "CONNECTWISE_CLIENT_ID": "0a1b2c3d-0000-4000-8000-123456789abc",
}

texts = strategies.text(strategies.characters(), max_size=60)
url_like = strategies.builds(
    "{}://{}{}{}{}".format,
    strategies.sampled_from(["postgresql", "postgres", "mysql", "https", "http", ""]),
    strategies.sampled_from(["", "u:", "u:p@ss@", ":@", "[", "u@"]),
    texts,
    strategies.sampled_from(["", "@host", "@host:port", ":99999", "/"]),
    strategies.sampled_from(["", "/db", "/d@b", "?password=x", "/db?password=x&password=y", "#x"]),
)
json_like = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | texts,
    lambda inner: strategies.lists(inner, max_size=3),
    max_leaves=5,
).map(json.dumps)
anything = (
    texts
    | url_like
    | json_like
    | strategies.sampled_from(["[" * 20_000, "9" * 5_000, "1_0", "\u0661", "~x/y"])
)


def faults_of(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.read(environment)
    return caught.value.faults


def settings_or_fault(environment: Mapping[str, str]) -> Settings | SettingsError:
    try:
        return Settings.read(environment)
    except SettingsError as error:
        return error


def fault_of(variable: str, held: str) -> str:
    (fault,) = faults_of(**{variable: held})
    assert fault.startswith(f"{variable} holds ")
    assert ": expected " in fault
    assert fault.endswith(".")
    assert "\n" not in fault
    return fault


def test_an_empty_environment_gives_every_default() -> None:
    read = Settings.read({})
    assert read.qbr_database_url is read.qbr_inventory_database_url is read.dagster_postgres_url is None
    assert read.pg_database is read.pg_host is read.pg_user is None
    assert read.pg_password is None
    assert read.pg_port == 5432
    assert read.reactive_boards == ("Help Desk",)
    assert read.closed_statuses == (">Closed", ">Closed - No response", "Closed")
    assert read.excluded_organizations == ()
    assert read.timezone == ZoneInfo("America/Chicago")
    assert read.schedule_cron == "30 22 * * *"
    assert read.months_to_collect == 13
    assert read.start_month == Month(2024, 1)
    assert read.collection_enabled is read.demo is False
    assert read.inputs_due_day == 10
    assert read.organization_name == "My MSP"
    assert (read.log_file, read.log_level) == (None, "INFO")
    assert read.configured_home is None
    assert read.connectwise_server is read.connectwise_company_id is None
    assert read.database_url is read.inventory_database_url is None


@pytest.mark.parametrize("nothing", ["", " ", "\t\n"])
def test_an_empty_variable_counts_as_one_that_is_not_set(nothing: str) -> None:
    assert Settings.read(dict.fromkeys(VARIABLES, nothing)) == Settings.read({})


@pytest.mark.parametrize(
    ("variable", "held", "field", "expected"),
    [
        ("QBR_DATABASE_URL", "postgres://u@h/d", "qbr_database_url", "postgresql+psycopg2://u@h/d"),
        (
            "QBR_INVENTORY_DATABASE_URL",
            "postgresql:///d",
            "inventory_database_url",
            "postgresql+psycopg2:///d",
        ),
        ("DAGSTER_POSTGRES_URL", "postgresql://h/d", "dagster_postgres_url", "postgresql+psycopg2://h/d"),
        ("PGDATABASE", "numbers", "pg_database", "numbers"),
        ("PGHOST", "/run/postgresql", "pg_host", "/run/postgresql"),
        ("PGPORT", "5433", "pg_port", 5433),
        ("PGUSER", "reader", "pg_user", "reader"),
        ("QBR_HOME", "/srv/qbr", "home", Path("/srv/qbr")),
        ("CONNECTWISE_COMPANY_ID", "acme", "connectwise_company_id", "acme"),
        ("QBR_REACTIVE_BOARDS", '["A", "B, C"]', "reactive_boards", ("A", "B, C")),
        ("QBR_REACTIVE_BOARDS", '["O\'Neil", "A", "A"]', "reactive_boards", ("O'Neil", "A")),
        ("QBR_CLOSED_STATUSES", '[">Done"]', "closed_statuses", (">Done",)),
        ("QBR_CLOSED_STATUSES", '[" >Done ", ">Done"]', "closed_statuses", (">Done",)),
        ("QBR_CLOSED_STATUSES", " Auto ", "closed_statuses", None),
        ("QBR_REACTIVE_BOARDS", '[" Help Desk"]', "reactive_boards", ("Help Desk",)),
        ("QBR_EXCLUDED_ORGANIZATIONS", '["The \\"MSP\\""]', "excluded_organizations", ('The "MSP"',)),
        ("QBR_EXCLUDED_ORGANIZATIONS", "[]", "excluded_organizations", ()),
        (
            "QBR_DEVICE_CLASSES",
            '{" nms_switch ": "Endpoint"}',
            "device_classes",
            {"NMS_SWITCH": CountsAs.ENDPOINT},
        ),
        (
            "QBR_DEVICE_CLASSES",
            '{"MAC": "none", "MACx": "seat"}',
            "device_classes",
            {"MAC": "none", "MACX": "seat"},
        ),
        ("QBR_DEVICE_CLASSES", "{}", "device_classes", {}),
        ("QBR_DEVICE_MONTH", " Previous", "device_month", DeviceMonth.PREVIOUS),
        ("QBR_DEVICE_MONTH", "same", "device_month", DeviceMonth.SAME),
        ("QBR_TIMEZONE", "Europe/Berlin", "timezone", ZoneInfo("Europe/Berlin")),
        ("QBR_SCHEDULE_CRON", " */5  0-6,22 1 JAN mon-fri ", "schedule_cron", "*/5 0-6,22 1 jan mon-fri"),
        ("QBR_MONTHS_TO_COLLECT", "1", "months_to_collect", 1),
        ("QBR_MONTHS_TO_COLLECT", "120", "months_to_collect", 120),
        ("QBR_START_MONTH", "2023-12", "start_month", Month(2023, 12)),
        ("QBR_COLLECTION_ENABLED", "True", "collection_enabled", True),
        ("QBR_COLLECTION_ENABLED", "false", "collection_enabled", False),
        ("QBR_INPUTS_DUE_DAY", "28", "inputs_due_day", 28),
        ("QBR_OWNERS", '["team:a", "ann@example.com"]', "owners", ("team:a", "ann@example.com")),
        ("QBR_ORGANIZATION_NAME", "x" * 100, "organization_name", "x" * 100),
        ("QBR_LOG_FILE", "/var/log/qbr.log", "log_file", Path("/var/log/qbr.log")),
        ("QBR_LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("QBR_API_HOST", "[::1]", "api_host", "::1"),
        ("QBR_TRUSTED_PROXY", " 0:0::1 ", "trusted_proxy", "::1"),
        ("QBR_API_HOST", "0.0.0.0", "api_host", "0.0.0.0"),  # noqa: S104 - a value to be read
        ("QBR_API_PORT", "5401", "api_port", 5401),
        ("QBR_CORS_ORIGINS", '["https://a.example"]', "cors_origins", ("https://a.example",)),
        ("QBR_CORS_ORIGINS", '["http://localhost:3000"]', "cors_origins", ("http://localhost:3000",)),
        ("QBR_CORS_ORIGINS", "[]", "cors_origins", ()),
        ("QBR_ALERT_URLS", "[]", "alert_urls", ()),
        ("QBR_ALERT_URLS", '["json://a/b", "json://a/b"]', "alert_urls", (SecretStr("json://a/b"),)),
        ("QBR_PUBLIC_URL", "https://qbr.example.com/app/", "public_url", "https://qbr.example.com/app"),
        ("QBR_DAGSTER_URL", "http://10.0.0.5:3000", "dagster_url", "http://10.0.0.5:3000"),
        ("QBR_DEMO", "true", "demo", True),
    ],
)
def test_a_good_value_is_taken(variable: str, held: str, field: str, expected: object) -> None:
    assert getattr(Settings.read({variable: held}), field) == expected


@pytest.mark.parametrize(
    ("variable", "held", "expected"),
    [
        ("PGPORT", "0", "a port number"),
        ("PGPORT", "65536", "a port number"),
        ("PGPORT", "5_432", "a port number"),
        ("PGHOST", "a b", "a host name or a socket directory"),
        ("CONNECTWISE_SERVER", "ftp://na.myconnectwise.net", "a host such as"),
        ("CONNECTWISE_SERVER", "na.myconnectwise.net:port", "a host such as"),
        ("CONNECTWISE_SERVER", "na my.net", "a host such as"),
        ("CONNECTWISE_SERVER", "https://", "a host such as"),
        ("CONNECTWISE_SERVER", "https:/na.myconnectwise.net", "a host such as"),
        ("CONNECTWISE_COMPANY_ID", "ac\x07me", "a company id"),
        ("QBR_REACTIVE_BOARDS", "Help Desk", "a JSON list of board names without double quotes"),
        ("QBR_REACTIVE_BOARDS", '"Help Desk"', "a JSON list of board names"),
        ("QBR_REACTIVE_BOARDS", "[]", "a JSON list of board names"),
        ("QBR_REACTIVE_BOARDS", '["A", 1]', "a JSON list of board names"),
        ("QBR_REACTIVE_BOARDS", '["A", " "]', "a JSON list of board names"),
        ("QBR_REACTIVE_BOARDS", '["The \\"Desk\\""]', "without double quotes"),
        ("QBR_REACTIVE_BOARDS", r'["A\\B"]', "a JSON list of board names"),
        ("QBR_REACTIVE_BOARDS", r'["A\u0000"]', "a JSON list of board names"),
        ("QBR_REACTIVE_BOARDS", r'["\ud800"]', "a JSON list of board names"),
        ("QBR_CLOSED_STATUSES", '{"Closed": 1}', "a JSON list of status names without double quotes"),
        ("QBR_CLOSED_STATUSES", "[" * 100_000, "a JSON list of status names"),
        ("QBR_EXCLUDED_ORGANIZATIONS", "My MSP", "a JSON list of organization names"),
        ("QBR_DEVICE_CLASSES", '["NMS_SWITCH"]', "a JSON object from node class to endpoint, seat"),
        ("QBR_DEVICE_CLASSES", '{"NMS_SWITCH": "both"}', "a JSON object from node class to endpoint, seat"),
        ("QBR_DEVICE_CLASSES", '{"NMS_SWITCH": 1}', "a JSON object from node class to endpoint, seat"),
        ("QBR_DEVICE_CLASSES", '{" ": "seat"}', "a JSON object from node class to endpoint, seat"),
        ("QBR_DEVICE_CLASSES", r'{"A\u0000": "seat"}', "a JSON object from node class to endpoint, seat"),
        ("QBR_DEVICE_CLASSES", "[" * 100_000, "a JSON object from node class to endpoint, seat"),
        ("QBR_DEVICE_MONTH", "next", "same or previous"),
        ("QBR_TIMEZONE", "CentralTime", "the IANA name of a time zone"),
        ("QBR_TIMEZONE", "America", "the IANA name of a time zone"),
        ("QBR_TIMEZONE", "../../etc/passwd", "the IANA name of a time zone"),
        ("QBR_SCHEDULE_CRON", "30 22 * *", "a cron expression of five fields"),
        ("QBR_SCHEDULE_CRON", "60 22 * * *", "a cron expression of five fields"),
        ("QBR_SCHEDULE_CRON", "30 24 * * *", "a cron expression of five fields"),
        ("QBR_SCHEDULE_CRON", "@daily", "a cron expression of five fields"),
        ("QBR_SCHEDULE_CRON", "*/0 * * * *", "a cron expression of five fields"),
        ("QBR_SCHEDULE_CRON", "9-3 * * * *", "a cron expression of five fields"),
        ("QBR_MONTHS_TO_COLLECT", "0", "a number of months from 1 to 120"),
        ("QBR_MONTHS_TO_COLLECT", "121", "a number of months from 1 to 120"),
        ("QBR_MONTHS_TO_COLLECT", "13.0", "a number of months from 1 to 120"),
        ("QBR_MONTHS_TO_COLLECT", "-1", "a number of months from 1 to 120"),
        ("QBR_START_MONTH", "2024-13", "a month from 2000-01 on, such as 2024-01"),
        ("QBR_START_MONTH", "1999-12", "a month from 2000-01 on, such as 2024-01"),
        ("QBR_START_MONTH", "2024", "a month from 2000-01 on, such as 2024-01"),
        ("QBR_COLLECTION_ENABLED", "yes", "true or false"),
        ("QBR_COLLECTION_ENABLED", "1", "true or false"),
        ("QBR_INPUTS_DUE_DAY", "29", "a day of the month from 1 to 28"),
        ("QBR_OWNERS", '["Ann"]', "a JSON list of e-mail addresses or teams"),
        ("QBR_INPUTS_DUE_DAY", "0", "a day of the month from 1 to 28"),
        ("QBR_ORGANIZATION_NAME", "x" * 101, "a name of at most 100 letters"),
        ("QBR_HOME", "~nobody-of-that-name/qbr", "a directory"),
        ("QBR_LOG_FILE", "a\x00b", "a file"),
        ("QBR_LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING and ERROR"),
        ("QBR_API_HOST", "a b", "the address to serve the API on"),
        ("QBR_TRUSTED_PROXY", "proxy.example.com", "the IP address of a reverse proxy"),
        ("QBR_TRUSTED_PROXY", "*", "the IP address of a reverse proxy"),
        ("QBR_API_HOST", "127.0.0.1:5400", "the address to serve the API on"),
        ("QBR_API_PORT", "0", "a port number"),
        ("QBR_API_PORT", "65536", "a port number"),
        ("QBR_CORS_ORIGINS", "*", "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["*"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["null"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["https://a.example/"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["https://A.example"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["a.example"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["https://u@a.example"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["https://a.example:x"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["https://a.example:443"]', "a JSON list of origins"),
        ("QBR_CORS_ORIGINS", '["https://a.example:"]', "a JSON list of origins"),
        ("QBR_DEMO", "maybe", "true or false"),
    ],
)
def test_a_bad_value_is_told_in_one_sentence_that_says_what_is_expected(
    variable: str, held: str, expected: str
) -> None:
    fault = fault_of(variable, held)
    assert expected in fault
    readable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in held)
    assert f'"{readable[:80]}' in fault


def test_api_keys_have_a_name_and_a_role() -> None:
    held = (
        '{"first-key-of-24-letters-x": {"name": " Ann ", "role": "read"},'
        ' "second-key-of-24-letters-": {"role": "write", "name": "Bob"}}'
    )
    keys = Settings.read({"QBR_API_KEYS": held}).api_keys
    assert [(each.key.get_secret_value(), each.name, each.role) for each in keys] == [
        ("first-key-of-24-letters-x", "Ann", Role.READ),
        ("second-key-of-24-letters-", "Bob", Role.WRITE),
    ]
    assert "first-key-of-24-letters-x" not in repr(keys)


@pytest.mark.parametrize(
    "held",
    [
        LONG_SECRET,
        f'["{LONG_SECRET}"]',
        f'{{"{LONG_SECRET}": "read"}}',
        f'{{"{LONG_SECRET}": {{"name": "Ann"}}}}',
        f'{{"{LONG_SECRET}": {{"name": "Ann", "role": "admin"}}}}',
        f'{{"{LONG_SECRET}": {{"name": "", "role": "read"}}}}',
        f'{{"{LONG_SECRET}": {{"name": "{"x" * 101}", "role": "read"}}}}',
        f'{{"{LONG_SECRET}": {{"name": "Ann", "role": "read", "more": 1}}}}',
        f'{{"{LONG_SECRET} x": {{"name": "Ann", "role": "read"}}}}',
        f'{{"{LONG_SECRET}\u00e9": {{"name": "Ann", "role": "read"}}}}',
        f'{{"{LONG_SECRET}": {{"name": "A", "role": "read"}}, "{LONG_SECRET}": {{"name": "B", "role": "write"}}}}',
        f'{{"": {{"name": "{LONG_SECRET}", "role": "read"}}}}',
        f'{{"{LONG_SECRET}":' * 50_000,
        f'{{"{LONG_SECRET[:-1]}": {{"name": "Ann", "role": "read"}}}}',
    ],
)
def test_api_keys_that_are_wrong_are_described_and_not_shown(held: str) -> None:
    fault = fault_of("QBR_API_KEYS", held)
    assert "a JSON object from key to name and role" in fault
    assert SECRET not in fault


def test_a_key_that_can_be_guessed_is_rejected_with_its_length() -> None:
    fault = fault_of("QBR_API_KEYS", '{"k": {"name": "Ann", "role": "write"}}')
    assert fault.startswith("QBR_API_KEYS holds a key, not shown, of 1 characters: expected")
    assert "at least 24 characters" in fault
    assert "`qbr key new`" in fault


@pytest.mark.parametrize(
    ("variable", "held", "expected"),
    [
        ("QBR_ALERT_URLS", f"mailto://u:{SECRET}@example.com", "a JSON list of Apprise URLs"),
        ("QBR_ALERT_URLS", f'["json://{SECRET}", 1]', "a JSON list of Apprise URLs"),
        ("QBR_ALERT_URLS", "[" * 100_000 + SECRET, "a JSON list of Apprise URLs"),
        ("QBR_PUBLIC_URL", f"{SECRET}.example.com", "the address of the pages"),
        ("QBR_PUBLIC_URL", f"https://u:{SECRET}@qbr.example.com", "the address of the pages"),
        ("QBR_PUBLIC_URL", f"https://qbr.example.com?a={SECRET}", "the address of the pages"),
        ("QBR_PUBLIC_URL", "https://qbr.example.com:99999", "the address of the pages"),
        ("QBR_DAGSTER_URL", f"ftp://{SECRET}", "the address of the Dagster UI"),
    ],
)
def test_addresses_that_may_hold_a_secret_are_described_and_not_shown(
    variable: str, held: str, expected: str
) -> None:
    fault = fault_of(variable, held)
    assert expected in fault
    assert SECRET not in fault


def test_where_alerts_go_is_never_shown() -> None:
    read = Settings.read({"QBR_ALERT_URLS": f'["mailto://u:{SECRET}@example.com"]'})
    assert [each.get_secret_value() for each in read.alert_urls] == [f"mailto://u:{SECRET}@example.com"]
    assert SECRET not in repr(read)


def test_a_session_secret_is_long_and_never_shown() -> None:
    assert "not shown, of 12 characters: expected a random text" in fault_of("QBR_SESSION_SECRET", SECRET)
    read = Settings.read({"QBR_SESSION_SECRET": SECRET * 3})
    assert read.session_secret is not None
    assert SECRET not in repr(read)


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        QBR_TIMEZONE="x", PGPORT="x", CONNECTWISE_SERVER="http://x", QBR_LOG_LEVEL="x", QBR_DEMO="x"
    )
    assert [fault.split()[0] for fault in faults] == [
        "PGPORT",
        "CONNECTWISE_SERVER",
        "QBR_TIMEZONE",
        "QBR_LOG_LEVEL",
        "QBR_DEMO",
    ]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"{SECRET}", "something that is not a URL"),
        (f"postgresql://u:{SECRET}@h:port/d", "something that is not a URL"),
        (f"mysql://u:{SECRET}@h/d", "a URL that is not one of PostgreSQL"),
        (f"postgresql://u:{SECRET}@h", "a URL without the name of a database"),
        (f"postgresql://u:{SECRET}@h/", "a URL without the name of a database"),
        (f"postgresql://u:p@{SECRET}@h/d", "a URL with one @ too many"),
        (f"postgresql://u:p@x/{SECRET}@h/d", "a URL with one @ too many"),
        (f"postgresql://u/{SECRET}@h/d", "a URL with one @ too many"),
        (f"postgresql://u:{SECRET}@h/d?password={SECRET}", "a URL with more than one password"),
        (f"postgresql://h/d?password={SECRET}&password=x", "a URL with more than one password"),
        (f"postgresql://u:{SECRET}\n@h/d", "a URL with a control character in it"),
        (f"postgresql://u:{SECRET}%00@h/d", "a URL with a control character in it"),
    ],
)
@pytest.mark.parametrize(
    "variable", ["QBR_DATABASE_URL", "QBR_INVENTORY_DATABASE_URL", "DAGSTER_POSTGRES_URL"]
)
def test_a_bad_database_url_is_described_and_not_shown(variable: str, url: str, told: str) -> None:
    fault = fault_of(variable, url)
    assert told in fault
    assert SECRET not in fault


def test_a_blank_in_a_password_survives_being_written_and_read_again() -> None:
    once = normalise_database_url("postgresql://u:p%20w@h/d ")
    assert make_url(once).password == "p w"
    assert normalise_database_url(once) == once


def test_a_password_among_the_options_of_a_url_goes_to_where_it_can_be_hidden() -> None:
    url = make_url(normalise_database_url(f"postgresql://u@h/d?password={SECRET}&sslmode=require"))
    assert url.password == SECRET
    assert dict(url.query) == {"sslmode": "require"}
    assert SECRET not in repr(url)


@given(
    user=strategies.text(strategies.characters(blacklist_categories=["C"]), min_size=1),
    password=strategies.text(strategies.characters(blacklist_categories=["C"])),
    database=strategies.from_regex(r"[a-z_]{1,20}", fullmatch=True),
)
def test_a_database_url_with_quoted_credentials_reaches_the_same_place(
    user: str, password: str, database: str
) -> None:
    text = f"postgres://{quote(user, safe='')}:{quote(password, safe='')}@h.example:5433/{database}"
    once = normalise_database_url(text)
    url = make_url(once)
    assert (url.username, url.password, url.host, url.port, url.database) == (
        user,
        password,
        "h.example",
        5433,
        database,
    )
    assert normalise_database_url(once) == once


@pytest.mark.parametrize(
    ("variable", "held"),
    [
        ("CONNECTWISE_PUBLIC_KEY", f"{SECRET} x"),
        ("CONNECTWISE_PRIVATE_KEY", f"{SECRET}\n{SECRET}"),
        ("CONNECTWISE_PRIVATE_KEY", f"{SECRET}€"),
        ("CONNECTWISE_CLIENT_ID", f"{SECRET}\x00"),
        ("PGPASSWORD", f"{SECRET}\x07"),
        ("PGDATABASE", f"postgresql://u:{SECRET}@h/d"),
        ("PGDATABASE", f"dbname=d password={SECRET}"),
        ("PGHOST", f"u:{SECRET}@h"),
        ("CONNECTWISE_SERVER", f"https://u:{SECRET}@na.myconnectwise.net"),
        ("CONNECTWISE_SERVER", f"https://:{SECRET}@na.myconnectwise.net"),
        ("CONNECTWISE_SERVER", f"u:{SECRET}@na.myconnectwise.net"),
        ("CONNECTWISE_SERVER", f"https://na.myconnectwise.net/?key={SECRET}"),
        ("CONNECTWISE_SERVER", f"https://na.myconnectwise.net/#{SECRET}"),
    ],
)
def test_a_secret_in_a_wrong_place_is_not_shown(variable: str, held: str) -> None:
    assert SECRET not in fault_of(variable, held)


def test_no_secret_is_in_what_the_settings_say_of_themselves() -> None:
    environment = {
        **CONNECTWISE,
        "CONNECTWISE_PUBLIC_KEY": SECRET,
        "CONNECTWISE_PRIVATE_KEY": SECRET,
        "CONNECTWISE_CLIENT_ID": SECRET,
        "PGPASSWORD": SECRET,
    }
    read = Settings.read(environment)
    assert SECRET not in repr(read) + str(read.connectwise)
    assert read.connectwise.private_key.get_secret_value() == SECRET


@given(environment=strategies.dictionaries(strategies.sampled_from(VARIABLES), anything, max_size=6))
@settings(max_examples=300, deadline=None)
def test_arbitrary_text_in_any_variable_gives_settings_or_a_settings_error(
    environment: dict[str, str],
) -> None:
    read = settings_or_fault(environment)
    if isinstance(read, SettingsError):
        assert read.faults
        for fault in read.faults:
            assert fault.partition(" ")[0] in environment
            assert fault.isprintable()
            assert len(fault) < 400
    else:
        assert read.home.is_absolute()
        assert read.database_url is None or make_url(read.database_url).database
        assert isinstance(read.missing_vendors(inventory_is_ours=True), list)


@given(
    around=strategies.tuples(anything, anything),
    variable=strategies.sampled_from(
        [
            name
            for name in VARIABLES
            if name.endswith(("_KEY", "_KEYS", "_SECRET", "_URL", "PASSWORD", "CLIENT_ID"))
        ]
    ),
)
@settings(max_examples=200, deadline=None)
def test_no_message_holds_what_a_secret_variable_holds(around: tuple[str, str], variable: str) -> None:
    read = settings_or_fault({variable: f"{around[0]}{SECRET}{around[1]}"})
    if isinstance(read, SettingsError):
        assert SECRET not in str(read) + repr(read)
        assert read.__cause__ is None
        assert read.__suppress_context__


@given(
    strategies.lists(
        strategies.from_regex(
            r"(\*|[0-9]{1,2}(-[0-9]{1,2})?|jan|mon|sun-fri)(/[0-9]{1,2})?(,[0-9]{1,2})?", fullmatch=True
        ),
        min_size=5,
        max_size=5,
    ).map(" ".join)
)
def test_dagster_understands_every_cron_expression_that_is_taken(expression: str) -> None:
    try:
        taken = cron(expression)
    except ValueError:
        return
    assert is_valid_cron_string(taken)


def test_pgdatabase_and_its_kin_name_a_database() -> None:
    read = Settings.read(
        {"PGDATABASE": "d", "PGHOST": "h", "PGPORT": "5433", "PGUSER": "u@corp", "PGPASSWORD": "p@s/s:?"}
    )
    url = make_url(read.database_url or "")
    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg2", "u@corp", "p@s/s:?")
    assert (url.host, url.port, url.database) == ("h", 5433, "d")
    assert read.inventory_database_url == read.database_url


def test_a_socket_directory_in_pghost_is_one() -> None:
    url = make_url(Settings.read({"PGDATABASE": "d", "PGHOST": "/run/pg"}).database_url or "")
    assert url.host is None
    assert dict(url.query) == {"host": "/run/pg"}


def test_a_stray_pguser_selects_nothing() -> None:
    read = Settings.read({"PGUSER": "u", "PGHOST": "h", "PGPORT": "5433", "PGPASSWORD": "p"})
    assert read.database_url is None


def test_qbr_database_url_wins_over_pgdatabase() -> None:
    read = Settings.read({"QBR_DATABASE_URL": "postgresql://h/ours", "PGDATABASE": "other"})
    assert read.database_url == "postgresql+psycopg2://h/ours"


def test_the_inventory_is_where_the_numbers_are_unless_it_is_named() -> None:
    numbers = {"QBR_DATABASE_URL": "postgresql://h/numbers"}
    assert Settings.read(numbers).inventory_database_url == "postgresql+psycopg2://h/numbers"
    named = Settings.read({**numbers, "QBR_INVENTORY_DATABASE_URL": "postgresql://h/devices"})
    assert named.inventory_database_url == "postgresql+psycopg2://h/devices"


@pytest.mark.parametrize(
    ("held", "url"),
    [
        ("na.myconnectwise.net", "https://na.myconnectwise.net"),
        (" na.myconnectwise.net/ ", "https://na.myconnectwise.net"),
        ("HTTPS://na.myconnectwise.net", "https://na.myconnectwise.net"),
        ("cw.example.com:8443/path/", "https://cw.example.com:8443/path"),
        ("api-na.myconnectwise.net/v4_6_release/apis/3.0/", "https://api-na.myconnectwise.net"),
        ("https://cw.example.com/path/v2025_1/apis/3.0", "https://cw.example.com/path"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_connectwise_server_has_a_scheme_and_neither_a_slash_nor_the_path_of_the_api_at_its_end(
    held: str, url: str
) -> None:
    assert Settings.read({**CONNECTWISE, "CONNECTWISE_SERVER": held}).connectwise.server == url


@pytest.mark.parametrize(
    "held",
    [
        "http://na.myconnectwise.net",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0",
        "http://[::2]",
    ],
)
def test_plain_http_goes_to_this_machine_only(held: str) -> None:
    assert "http only on this machine" in fault_of("CONNECTWISE_SERVER", held)


def test_access_to_connectwise_names_every_variable_that_is_missing() -> None:
    with pytest.raises(SettingsError) as caught:
        _ = Settings.read({"CONNECTWISE_COMPANY_ID": "acme"}).connectwise
    assert [fault.split()[0] for fault in caught.value.faults] == [
        "CONNECTWISE_SERVER",
        "CONNECTWISE_PUBLIC_KEY",
        "CONNECTWISE_PRIVATE_KEY",
        "CONNECTWISE_CLIENT_ID",
    ]
    assert all(" is not set: expected " in fault for fault in caught.value.faults)


def test_an_inventory_is_missing_only_where_the_numbers_are_in_the_embedded_server() -> None:
    read = Settings.read(CONNECTWISE)
    assert read.missing_vendors(inventory_is_ours=False) == []
    (missing,) = read.missing_vendors(inventory_is_ours=True)
    assert missing.startswith("QBR_INVENTORY_DATABASE_URL is not set: expected ")


NINJA = {"NINJA_SERVER": "eu.ninjarmm.com", "NINJA_CLIENT_ID": "id", "NINJA_CLIENT_SECRET": "secret"}


def test_ninjaone_by_itself_needs_no_inventory() -> None:
    read = Settings.read({**CONNECTWISE, **NINJA})
    assert read.missing_vendors(inventory_is_ours=True) == []
    assert read.counted_device_source is DeviceSource.NINJA
    assert read.compared_device_source is None
    assert read.ninja.server == "https://eu.ninjarmm.com"


@pytest.mark.parametrize("missing", NINJA)
def test_a_part_of_the_access_to_ninjaone_is_told_by_what_is_missing(missing: str) -> None:
    read = Settings.read({name: value for name, value in {**CONNECTWISE, **NINJA}.items() if name != missing})
    (fault,) = read.missing_vendors(inventory_is_ours=True)
    assert fault.startswith(f"{missing} is not set: expected ")
    with pytest.raises(SettingsError, match=missing):
        _ = read.ninja


@pytest.mark.parametrize(
    ("setting", "counted", "compared"),
    [
        ({}, DeviceSource.NINJA, DeviceSource.INVENTORY),
        ({"QBR_DEVICE_SOURCE": "ninja"}, DeviceSource.NINJA, DeviceSource.INVENTORY),
        ({"QBR_DEVICE_SOURCE": " Inventory "}, DeviceSource.INVENTORY, DeviceSource.NINJA),
    ],
)
def test_of_two_sources_of_devices_one_counts_and_the_other_is_compared(
    setting: dict[str, str], counted: DeviceSource, compared: DeviceSource
) -> None:
    read = Settings.read({**NINJA, "QBR_INVENTORY_DATABASE_URL": "postgresql://h/devices", **setting})
    assert (read.counted_device_source, read.compared_device_source) == (counted, compared)


def test_a_source_that_is_named_must_be_configured() -> None:
    faults = Settings.read({**CONNECTWISE, "QBR_DEVICE_SOURCE": "ninja"}).missing_vendors(
        inventory_is_ours=True
    )
    assert [fault.split()[0] for fault in faults] == list(NINJA)


def test_the_home_of_root_is_var_lib_qbr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Settings.read({}).home == Path("/var/lib/qbr")


def test_the_home_of_anybody_else_is_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert Settings.read({}).home == CHECKOUT / ".qbr"


def test_a_relative_home_and_a_tilde_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.read({"QBR_HOME": "here"}).home == tmp_path.resolve() / "here"
    assert Settings.read({"QBR_HOME": "~/there"}).home == tmp_path.resolve() / "there"


def test_settings_are_not_changed_by_what_is_not_ours() -> None:
    assert Settings.read({"PATH": "/bin", "QBR_UNKNOWN": "x", "qbr_timezone": "x"}) == Settings.read({})


def test_a_vendor_secret_is_trimmed_but_a_password_is_not() -> None:
    read = Settings.read(
        {
            **CONNECTWISE,
            "CONNECTWISE_PRIVATE_KEY": " key ",
            "PGDATABASE": "d",
            "PGUSER": "u",
            "PGPASSWORD": " p ",
        }
    )
    assert read.connectwise.private_key.get_secret_value() == "key"
    assert make_url(read.database_url or "").password == " p "


QUICKBOOKS = {
    "QUICKBOOKS_CLIENT_ID": "id",
    "QUICKBOOKS_CLIENT_SECRET": "secret",
    "QBR_ENCRYPTION_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
}


def test_quickbooks_is_production_unless_another_environment_is_named() -> None:
    assert Settings.read(QUICKBOOKS).quickbooks.environment == "production"
    assert not Settings.read({}).names_quickbooks
    for held in ("sandbox", "http://127.0.0.1:4000"):
        assert Settings.read({**QUICKBOOKS, "QUICKBOOKS_ENVIRONMENT": held}).quickbooks.environment == held
    for wrong in ("test", "https://quickbooks.example.com", "http://quickbooks.example.com"):
        assert fault_of("QUICKBOOKS_ENVIRONMENT", wrong).startswith(f'QUICKBOOKS_ENVIRONMENT holds "{wrong}"')


@pytest.mark.parametrize("missing", QUICKBOOKS)
def test_a_part_of_the_access_to_quickbooks_is_told_by_what_is_missing(missing: str) -> None:
    read = Settings.read({name: value for name, value in QUICKBOOKS.items() if name != missing})
    assert not read.has_quickbooks
    with pytest.raises(SettingsError, match=f"{missing} is not set: expected "):
        _ = read.quickbooks


def test_an_encryption_key_is_32_bytes_and_never_shown() -> None:
    keys = ",".join([QUICKBOOKS["QBR_ENCRYPTION_KEY"], f" {QUICKBOOKS['QBR_ENCRYPTION_KEY']}"])
    assert len(Settings.read({**QUICKBOOKS, "QBR_ENCRYPTION_KEY": keys}).quickbooks.encryption_keys) == 2
    for wrong in ("aGVsbG8=", SECRET, "é" * 44, f"{keys},short"):
        assert "a value, not shown, that is not a key of 32 bytes" in fault_of("QBR_ENCRYPTION_KEY", wrong)
