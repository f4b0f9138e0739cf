"""A province-wide re-check on an existing Spark: a table of people in, a table of verdicts out.

    spark-submit --py-files worker.py recheck.py --config /etc/skm/skm.toml --notice "notice B-7" \
        --rate 50 people.csv verdicts

The input is CSV with the columns `number` and `name`; the output is Parquet with `number`, `verdict` and `error`. The
configuration file must be at the same place on every executor. `--rate` is calls per second for each Python worker;
Spark runs one for each core. Rows with an error can be run again by themselves.
"""

from __future__ import annotations

import argparse
from functools import partial

import worker
from pyspark.sql import DataFrame, SparkSession

SCHEMA = "number string, verdict string, error string"


def recheck(people: DataFrame, config: str, notice: str, rate: float) -> DataFrame:
    """Verdicts for a frame with the columns `number` and `name`; nothing runs until they are asked for."""
    verify = partial(worker.verify, config=config, notice=notice, per_second=rate)
    return people.select("number", "name").mapInPandas(verify, SCHEMA)


def main() -> None:
    parser = argparse.ArgumentParser(description="verify every row of a CSV on Spark")
    parser.add_argument("--config", required=True, help="skm.toml, at the same place on every executor")
    parser.add_argument("--notice", required=True, help="the notice under which the people authorised this")
    parser.add_argument("--rate", type=float, default=20.0, help="calls per second for each Python worker")
    parser.add_argument("people", help="CSV with the columns number and name")
    parser.add_argument("verdicts", help="folder for Parquet")
    arguments = parser.parse_args()

    spark = SparkSession.builder.appName("skm-recheck").getOrCreate()
    try:
        # Every column as text under its own name: what Spark guesses to be numbers loses every X, and a schema of ours
        # would go by the columns' order.
        people = spark.read.csv(arguments.people, header=True)
        # Counted from what was written: counting `checked` itself would ask the platform again.
        recheck(people, arguments.config, arguments.notice, arguments.rate).write.parquet(arguments.verdicts)
        spark.read.parquet(arguments.verdicts).groupBy("verdict", "error").count().orderBy("verdict").show()
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
