#!/usr/bin/env python3
"""What a token costs when servers are rented by the hour: a cost model in the place of tco-eval.

    llm-map ... | rented.py 12.50 | pareto        (12.50 $ for an hour of a server)

Adds the columns usd_per_input_token and usd_per_output_token, as tco-eval does: the rent of all servers while a batch of
requests is served, shared by its requests, over the tokens of a prompt and of an answer. With pandas the rows would be
pandas.DataFrame(record["points"]).
"""
import sys

import msgpack

usd_per_server_second = float(sys.argv[1]) / 3600
for record in msgpack.Unpacker(sys.stdin.buffer, max_buffer_size=0):
    points, workload = record["points"], record["workload"]
    per_request = [
        usd_per_server_second * servers * (prefill + generate) / batch
        for servers, batch, prefill, generate in zip(
            points["num_servers"], points["batch"], points["prefill_latency_s"], points["generate_latency_s"])
    ]
    points["usd_per_input_token"] = [usd / workload["prefill_len"] for usd in per_request]
    points["usd_per_output_token"] = [usd / workload["generate_len"] for usd in per_request]
    sys.stdout.buffer.write(msgpack.packb(record))
