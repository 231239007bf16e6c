"""What this installation can do on this machine, each figure beside the physical limit that it runs against.

`python -m benchmarks` starts its own durable PostgreSQL and NATS and the services as processes; nothing of
`make up` is touched. Nothing here is asserted: a figure below its aim is shown as such, and that is all.
"""
