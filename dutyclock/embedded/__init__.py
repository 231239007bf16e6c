"""PostgreSQL and NATS as children of this process: no container, no root, no account, nothing installed outside the checkout."""
