"""Reads metrics in Prometheus' text format on standard input and prints what it has understood as JSON."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families

families = [
    {
        "type": family.type,
        "help": family.documentation,
        # As text: JSON has no infinity.
        "samples": [{"name": name, "labels": labels, "value": repr(value)} for name, labels, value, *_ in family.samples],
    }
    for family in text_string_to_metric_families(sys.stdin.read())
]
json.dump(families, sys.stdout)
