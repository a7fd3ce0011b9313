"""Runs one CQL statement and prints the rows as lines of JSON, bytes in hexadecimal.

  .tools/bin/python scripts/fault_runs/cql.py HOST:PORT STATEMENT

A process of its own, with another driver than ours: the one of the Apache Cassandra project, which is not in Python's
standard library. scripts/setup --test-servers installs it.
"""

import json
import sys

from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import RoundRobinPolicy
from cassandra.query import dict_factory

SECONDS_MAX = 30


def main() -> None:
    address, statement = sys.argv[1:]
    host, _, port = address.rpartition(":")
    profile = ExecutionProfile(
        load_balancing_policy=RoundRobinPolicy(), row_factory=dict_factory, request_timeout=SECONDS_MAX,
        consistency_level=ConsistencyLevel.QUORUM)
    cluster = Cluster(
        [host], port=int(port), protocol_version=4, execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        connect_timeout=SECONDS_MAX, control_connection_timeout=SECONDS_MAX)
    try:
        for row in cluster.connect().execute(statement):
            print(json.dumps(row, default=bytes.hex, ensure_ascii=False))
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
