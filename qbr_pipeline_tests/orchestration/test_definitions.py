"""Everything that Dagster knows of the project, written out: nothing appears or vanishes unseen."""

import dagster as dg

from qbr_pipeline.definitions import defs
from qbr_pipeline.orchestration.partitions import MONTHS, QUARTERS

print_me = True

def described(specs):
    return {spec.key.to_user_string(): spec for spec in specs}


def test_dump() -> None:
    graph = defs.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys()):
        spec = graph.get(key)
        print(key.to_user_string(), spec.group_name, sorted(k.to_user_string() for k in spec.parent_keys), spec.partitions_def is MONTHS or "Q")
    for key in sorted(graph.asset_check_keys):
        c = graph.get_check_spec(key)
        print(key.asset_key.to_user_string(), key.name, c.blocking)
    repo = defs.get_repository_def()
    print([j.name for j in repo.get_all_jobs()])
    print([(s.name, s.cron_schedule, s.default_status) for s in repo.schedule_defs])
    print([(s.name, s.default_status, s.minimum_interval_seconds) for s in repo.sensor_defs])
