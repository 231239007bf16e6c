"""PostgreSQL and NATS as children of this process: no container, no root, no account."""
